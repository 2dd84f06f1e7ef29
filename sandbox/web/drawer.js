// The drawer below: raw traffic as it flows, the ledger of accepted effects, and the fault buttons.

import { get } from "./api.js";
import { byId, coalesced, el } from "./dom.js";
import { drawFaults, faultNews } from "./faults.js";
import { NAMES, TWINS } from "./platforms.js";
import { exact } from "./times.js";

const TITLES = { traffic: "Traffic", ledger: "Ledger", faults: "Faults" };
const MOST = 400; // rows that stay in the page
const OWN = /^\/(x|linkedin|facebook|tiktok|google)\/(files|thumbnails)\//; // pictures and films that this page itself reads for the feeds
const filters = { twin: "", direction: "", words: "", failed: false };
let exchanges = [];
let open = null;
let body = null;

export function start() {
  for (const button of document.querySelectorAll("[data-drawer]")) {
    if (button.closest(".tools")) button.addEventListener("click", () => toggle(button.dataset.drawer));
  }
  byId("drawer").addEventListener("keydown", (event) => event.key === "Escape" && close());
}

export async function reload() {
  exchanges = (await get("/_sandbox/traffic")).exchanges.filter(talk).slice(-MOST);
  if (open === "traffic") drawTraffic();
  if (open === "ledger") refreshLedger();
  faultNews(null);
}

export function hear(news) {
  if (news.type === "traffic" && talk(news.exchange)) {
    exchanges.push(news.exchange);
    if (exchanges.length > MOST) exchanges.shift();
    if (open === "traffic" && passes(news.exchange)) addRow(news.exchange);
    if (open === "ledger") refreshLedger();
  }
  if (news.type === "fault") faultNews(news);
}

function toggle(name) {
  if (open === name) return close();
  open = name;
  mark();
  const drawer = byId("drawer");
  drawer.hidden = false;
  body = el("div", { class: `drawer-body ${name}` });
  const tabs = Object.entries(TITLES).map(([key, title]) => el("button", { type: "button", role: "tab", "aria-selected": String(key === name), onclick: () => key !== open && toggle(key) }, title));
  const bar = el("div", { class: "drawer-bar" }, el("div", { class: "drawer-tabs", role: "tablist" }, tabs), el("div", { class: "drawer-filters", id: "drawer-filters" }), el("button", { type: "button", class: "drawer-close", "aria-label": "Close", onclick: close }, "✕"));
  drawer.replaceChildren(bar, body);
  ({ traffic: openTraffic, ledger: openLedger, faults: () => drawFaults(body) })[name]();
}

function close() {
  const button = document.querySelector(`.tools [data-drawer="${open}"]`);
  open = null;
  mark();
  byId("drawer").hidden = true;
  button?.focus();
}

function mark() {
  for (const button of document.querySelectorAll(".tools [data-drawer]")) button.setAttribute("aria-expanded", String(button.dataset.drawer === open));
  document.body.classList.toggle("with-drawer", open !== null);
}

const chooser = (label, choices, value, changed) =>
  el("select", { "aria-label": label, onchange: (event) => changed(event.target.value) }, choices.map(([key, name]) => el("option", { value: key, selected: key === value }, name)));

function openTraffic() {
  const set = (name) => (value) => ((filters[name] = value), drawTraffic());
  byId("drawer-filters").replaceChildren(
    chooser("Twin", [["", "Every twin"], ...Object.entries(TWINS)], filters.twin, set("twin")),
    chooser("Direction", [["", "Both ways"], ["in", "product → twin"], ["out", "twin → product"]], filters.direction, set("direction")),
    el("input", { type: "search", placeholder: "Method or path", "aria-label": "Method or path", value: filters.words, oninput: (event) => set("words")(event.target.value.toLowerCase()) }),
    el("label", { class: "tick" }, el("input", { type: "checkbox", checked: filters.failed, onchange: (event) => set("failed")(event.target.checked) }), "refused only"),
  );
  drawTraffic();
}

const talk = (one) => !OWN.test(one.path);

function passes(one) {
  const refused = one.status === null || one.status >= 400 || /^\{"ok":\s*false/.test(one.response);
  return (!filters.twin || one.twin === filters.twin) && (!filters.direction || one.direction === filters.direction)
    && (!filters.words || `${one.method} ${one.path} ${one.note}`.toLowerCase().includes(filters.words)) && (!filters.failed || refused);
}

function drawTraffic() {
  const rows = exchanges.filter(passes).map(row).reverse();
  body.replaceChildren(...(rows.length ? rows : [el("p", { class: "empty" }, "Nothing was said yet, or the filter hides it.")]));
}

function addRow(one) {
  body.querySelector(".empty")?.remove();
  body.prepend(row(one));
  if (body.childElementCount > MOST) body.lastChild.remove();
}

function row(one) {
  const failed = one.status === null || one.status >= 400;
  const line = el("summary", {}, el("time", {}, exact(one.at)), el("span", { class: `twin ${one.twin}` }, TWINS[one.twin] ?? one.twin), el("span", { class: "direction", title: one.direction === "in" ? "product → twin" : "twin → product" }, one.direction === "in" ? "→" : "←"),
    el("span", { class: "method" }, one.method), el("span", { class: "path" }, one.path), el("span", { class: `code ${failed ? "bad" : ""}` }, one.status === null ? "none" : String(one.status)), el("span", { class: "took" }, `${Math.round(one.seconds * 1000)} ms`), el("span", { class: "note" }, one.note));
  const details = el("details", { class: "exchange" }, line);
  details.addEventListener("toggle", () => details.childElementCount > 1 || details.append(el("div", { class: "bodies" }, part("Request", one.request), part("Response", one.response))));
  return details;
}

const part = (title, source) => el("div", {}, el("h4", {}, title), el("pre", { tabindex: "0" }, readable(source) || "(empty)"));

// JSON is indented, forms are split into lines with their JSON fields indented; everything else stays as it was.
function readable(source) {
  const asJson = (text) => {
    try {
      return typeof JSON.parse(text) === "object" ? JSON.stringify(JSON.parse(text), null, 2) : text;
    } catch {
      return text;
    }
  };
  const json = asJson(source);
  if (json !== source || !/^[\w.~-]+=[^\s]*$/.test(source)) return json;
  return [...new URLSearchParams(source)].map(([name, value]) => `${name} = ${asJson(value)}`).join("\n");
}

let platform = "";

function openLedger() {
  byId("drawer-filters").replaceChildren(chooser("Platform", [["", "Every platform"], ["slack", "Slack"], ["telegram", "Telegram"], ...Object.entries(NAMES)], platform, (value) => ((platform = value), refreshLedger())));
  body.replaceChildren(el("p", { class: "empty" }, "Reading …"));
  refreshLedger();
}

const refreshLedger = coalesced(async () => {
  const { entries } = await get("/_sandbox/ledger", { platform });
  if (open !== "ledger") return;
  const shown = entries.slice(-MOST).reverse();
  const note = el("p", { class: "drawer-note" }, `${entries.length} accepted effects, each written down before its answer was chosen.`);
  const opened = new Set([...body.querySelectorAll("details[open]")].map((node) => node.dataset.rid));
  body.replaceChildren(note, ...shown.map((one) => effect(one, opened)));
}, 400);

function effect(one, opened) {
  const name = `${one.platform} ${one.effect} ${one.rid} ${one.at}`;
  const line = el("summary", {}, el("time", {}, exact(one.at)), el("span", { class: `twin ${one.platform}` }, NAMES[one.platform] ?? TWINS[one.platform] ?? one.platform), el("span", { class: "method" }, one.effect), el("span", { class: "path" }, one.account), el("span", { class: "note" }, one.rid));
  return el("details", { class: "exchange", data: { rid: name }, open: opened.has(name) }, line, el("div", { class: "bodies" }, el("pre", { tabindex: "0" }, JSON.stringify(one.payload, null, 2))));
}
