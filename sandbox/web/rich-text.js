// Slack's rich_text: sections, lists, quotes and preformatted text, run by run.

import { el, link } from "./dom.js";
import { channelName, emoji, mention, ping } from "./mrkdwn.js";
import { slackDate } from "./times.js";
import { unknown } from "./unknown.js";

const STYLES = [["bold", "b"], ["italic", "i"], ["strike", "s"], ["underline", "u"], ["code", "code"]];
const NUMBERINGS = ["1", "a", "i"];

const PARTS = {
  rich_text_section: (part) => el("p", { class: "lines" }, runs(part.elements)),
  rich_text_quote: (part) => el("blockquote", { class: "lines" }, runs(part.elements)),
  rich_text_preformatted: (part) => el("pre", {}, runs(part.elements)),
  rich_text_list: list,
};

const RUNS = {
  text: (run) => run.text,
  link: (run) => link(run.url, run.text || run.url),
  user: (run) => mention(run.user_id),
  usergroup: (run) => ping(`@${run.usergroup_id}`, "a whole group"),
  broadcast: (run) => ping(`@${run.range}`, "everybody in the channel"),
  channel: (run) => el("span", { class: "channel-name" }, `#${channelName(run.channel_id)}`),
  emoji: (run) => emoji(run.name),
  date: (run) => el("time", { title: run.fallback }, slackDate(run.timestamp, run.format ?? "{date} {time}")),
  color: (run) => el("code", {}, run.value),
};

export function richText(block) {
  return el("div", { class: "rich" }, block.elements.map((part) => (PARTS[part.type] ?? unknown)(part)));
}

function list(part) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const depth = Math.min(part.indent ?? 0, 6);
  const numbering = tag === "ol" ? { type: NUMBERINGS[depth % 3], start: String((part.offset ?? 0) + 1) } : {};
  const lines = part.elements.map((section) => el("li", { class: "lines" }, runs(section.elements)));
  return el(tag, { class: `indent-${depth}`, ...numbering }, lines);
}

function runs(elements) {
  return elements.map((run) => {
    const shown = (RUNS[run.type] ?? unknown)(run);
    return STYLES.reduce((inner, [name, tag]) => (run.style?.[name] ? el(tag, {}, inner) : inner), shown);
  });
}
