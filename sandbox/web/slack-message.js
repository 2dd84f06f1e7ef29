// One message of Slack: who, when, what, and its earlier versions, whose buttons can still be pressed.

import { blocks } from "./blocks.js";
import { el, link } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, botFace, bySlack } from "./people.js";
import { clock, exact } from "./times.js";

// `use(message, element, block, value)` carries out a press, `dismiss(message)` puts an ephemeral message away.
export function message(one, { reply, use, dismiss }) {
  const person = one.bot_id ? null : bySlack(one.user);
  const name = person?.name ?? "Amarktai";
  const press = (element, block, value) => use(one, element, block, value);
  const head = el("div", { class: "message-head" }, el("b", {}, name), person ? null : el("span", { class: "app-tag" }, "APP"), el("time", { title: exact(one.ts) }, clock(one.ts)));
  const body = el("div", { class: "message-body" }, one.ephemeral_to ? onlyYou(one, dismiss) : null, head, content(one, press), (one.files ?? []).map(file), versions(one, press));
  const look = `message ${reply ? "reply" : ""} ${one.ephemeral_to ? "ephemeral" : ""}`;
  return el("article", { class: look, data: { ts: one.ts, channel: one.channel }, "aria-label": `${name}: ${one.text}`.slice(0, 200) }, person ? avatar(name) : botFace(), body);
}

function content(one, press) {
  if (one.blocks?.length) return el("div", { class: "blocks" }, blocks(one.blocks, press));
  return el("div", { class: "blocks" }, el("div", { class: "block-section" }, el("div", { class: "section-body" }, mrkdwn(one.text))));
}

function onlyYou(one, dismiss) {
  return el("div", { class: "only-you" }, el("span", {}, "Only visible to you"), el("button", { type: "button", class: "linkish", onclick: () => dismiss(one) }, "Dismiss"));
}

function file(one) {
  const address = `/_sandbox/slack/files/${encodeURIComponent(one.id)}`;
  const isPicture = /\.(png|jpe?g|gif)$/i.test(one.name);
  const shown = isPicture ? el("img", { src: address, alt: one.alt_txt || one.title, loading: "lazy" }) : link(`${location.origin}${address}`, one.name);
  return el("figure", { class: "block-image" }, el("figcaption", {}, one.title ?? one.name), shown);
}

function versions(one, press) {
  if (!one.history?.length) return null;
  const details = el("details", { class: "versions" }, el("summary", {}, `${one.history.length} earlier ${one.history.length === 1 ? "version" : "versions"}`));
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    for (const old of one.history.toReversed().slice(0, 10)) {
      details.append(el("div", { class: "version" }, el("small", {}, `until ${exact(old.until)}, as a slow client still shows it`), content(old, press)));
    }
  });
  return details;
}
