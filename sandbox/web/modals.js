// Slack's modals: a stack of views, the top one shown. A view that the app updates keeps what was typed already.

import { get, post } from "./api.js";
import { blocks } from "./blocks.js";
import { coalesced, el, toast } from "./dom.js";
import { FIELDS } from "./inputs.js";
import { plain } from "./mrkdwn.js";
import { acting } from "./people.js";
import { unknown } from "./unknown.js";

const drafts = new Map(); // "view block action" → what was typed or chosen
let dialog = null;
let shown = null; // the view on top
let fields = [];

export const refreshViews = coalesced(async () => {
  const { views } = await get("/_sandbox/slack/views", { user: acting.person.slack_id });
  show(views.filter((view) => view.type === "modal"));
}, 10);

function show(stack) {
  const top = stack.at(-1) ?? null;
  if (!top) return void vanish();
  if (shown && shown.id === top.id && shown.hash === top.hash) return;
  const fresh = !shown || shown.id !== top.id;
  const focused = dialog?.contains(document.activeElement) ? document.activeElement.closest("[data-block]")?.dataset.block : null;
  shown = top;
  draw(top, stack.length);
  const again = fields.find((one) => (focused ? one.block === focused : one.wantsFocus)) ?? (fresh ? fields[0] : null);
  (again?.made.focus ?? dialog.querySelector(".modal-close")).focus();
}

function vanish() {
  shown = null;
  dialog?.remove();
  dialog = null;
}

function draw(view, depth) {
  fields = [];
  const form = el("form", { class: "modal-form", onsubmit: (event) => (event.preventDefault(), submit(view)) });
  const leave = () => post("/_sandbox/slack/close", { user: acting.person.slack_id, view_id: view.id });
  form.append(
    el("header", { class: "modal-head" }, depth > 1 ? el("button", { type: "button", class: "back", "aria-label": "Back", onclick: leave }, "‹") : null, el("h2", {}, plain(view.title)),
      el("button", { type: "button", class: "modal-close", "aria-label": "Close", onclick: leave }, "✕")),
    el("div", { class: "modal-errors", role: "alert" }),
    el("div", { class: "modal-body" }, blocks(view.blocks, (element, block, value) => use(view, element, block, value), (block) => input(view, block))),
    el("footer", { class: "modal-foot" }, el("button", { type: "button", class: "slack-button", onclick: leave }, view.close ? plain(view.close) : "Cancel"),
      view.submit ? el("button", { type: "submit", class: "slack-button primary", disabled: view.submit_disabled }, plain(view.submit)) : null),
  );
  if (!dialog) {
    dialog = el("dialog", { class: "slack-modal slack-look", "aria-label": "Slack dialog" });
    dialog.addEventListener("cancel", (event) => (event.preventDefault(), post("/_sandbox/slack/close", { user: acting.person.slack_id, view_id: shown.id })));
    document.body.append(dialog);
    dialog.showModal();
  }
  dialog.dataset.view = view.id;
  dialog.replaceChildren(form);
}

function input(view, block) {
  const element = block.element;
  const name = `${view.id} ${block.block_id} ${element.action_id}`;
  if (!FIELDS[element.type]) return unknown(block);
  const made = FIELDS[element.type](element, drafts.get(name), () => {
    drafts.set(name, made.read());
    fail(block.block_id, "");
    if (block.dispatch_action) use(view, element, block, made.read());
  });
  fields.push({ block: block.block_id, action: element.action_id, label: plain(block.label), made, name, wantsFocus: element.focus_on_load });
  const title = el(made.focus?.type === "checkbox" || made.focus?.type === "radio" ? "div" : "label", { class: "input-label" }, plain(block.label), block.optional ? el("small", {}, " (optional)") : null);
  if (made.focus && title.tagName === "LABEL") title.htmlFor = made.focus.id = `field-${block.block_id}-${element.action_id}`;
  const hint = block.hint ? el("small", { class: "hint" }, plain(block.hint)) : null;
  return el("div", { class: "block-input", data: { action: element.action_id } }, title, made.node, el("div", { class: "input-error", role: "alert" }), hint);
}

async function submit(view) {
  const values = {};
  for (const { block, action, made } of fields) (values[block] ??= {})[action] = made.read();
  for (const { block } of fields) fail(block, "");
  complain("");
  const foot = dialog.querySelector("[type=submit]");
  foot?.classList.add("busy");
  const told = await post("/_sandbox/slack/submit", { user: acting.person.slack_id, view_id: view.id, values });
  foot?.classList.remove("busy");
  if (!told) return;
  const errors = told.ack?.response_action === "errors" ? told.ack.errors : {};
  for (const [block, words] of Object.entries(errors ?? {})) fail(block, words);
  if (!told.delivered) told.shown.forEach(missing);
  else if (told.error) complain(told.shown[0] ?? told.error);
  dialog?.querySelector(".failed input, .failed textarea, .failed select")?.focus();
  if (!told.open?.includes(view.id)) fields.forEach(({ name }) => drafts.delete(name));
  refreshViews();
}

// Slack's own client names the field by its label.
function missing(words) {
  const field = fields.find(({ label }) => words.startsWith(`${label}: `));
  if (field) fail(field.block, words.slice(field.label.length + 2));
  else complain(words);
}

function fail(block, words) {
  const node = dialog?.querySelector(`.block-input[data-block="${CSS.escape(block)}"]`);
  node?.classList.toggle("failed", Boolean(words));
  if (node) node.querySelector(".input-error").textContent = words;
}

function complain(words) {
  if (dialog) dialog.querySelector(".modal-errors").textContent = words;
  else if (words) toast(words, "bad");
}

async function use(view, element, block, value) {
  const wish = { user: acting.person.slack_id, view_id: view.id, action_id: element.action_id, block_id: block.block_id };
  const told = await post("/_sandbox/slack/click", { ...wish, value: value ?? undefined });
  if (told?.error) complain(told.shown[0]);
}
