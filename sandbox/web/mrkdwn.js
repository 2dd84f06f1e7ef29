// Slack's mrkdwn as elements: bold, italic, strike, code, quotes, links, dates, and mentions in a warning colour.

import { el, link } from "./dom.js";
import { bySlack } from "./people.js";
import { slackDate } from "./times.js";

const EMOJI = {
  white_check_mark: "✅", x: "❌", warning: "⚠️", tada: "🎉", hourglass: "⌛", rocket: "🚀", eyes: "👀", pencil2: "✏️", bell: "🔔",
  calendar: "📅", link: "🔗", bulb: "💡", no_entry: "⛔", repeat: "🔁", "+1": "👍", smile: "😄", wave: "👋", bar_chart: "📊",
};
const CHANNEL_NAMES = new Map();
const SPAN = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])|:([a-z0-9_+-]+):/;

export const knowChannels = (channels) => channels.forEach((one) => CHANNEL_NAMES.set(one.id, one.name || "direct message"));
export const channelName = (id) => CHANNEL_NAMES.get(id) ?? id;
export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

// A plain_text object.
export function plain(object) {
  const words = String(object?.text ?? "");
  return object?.emoji ? words.replace(/:([a-z0-9_+-]+):/g, (_, name) => emoji(name)) : words;
}

// A text object of either kind.
export function text(object) {
  return object.type === "mrkdwn" ? mrkdwn(object.text) : el("span", { class: "lines" }, plain(object));
}

// Lines that begin with > stand in a quote; the rest keeps its line breaks.
export function mrkdwn(source) {
  const parts = [];
  let quoted = [];
  const endQuote = () => {
    if (quoted.length) parts.push(el("blockquote", {}, spans(quoted.join("\n"))));
    quoted = [];
  };
  let plain = [];
  const endPlain = () => {
    if (plain.length) parts.push(el("span", { class: "lines" }, spans(plain.join("\n"))));
    plain = [];
  };
  for (const line of String(source).split("\n")) {
    const isQuote = /^(&gt;|>)\s?/.test(line) && !line.startsWith(">>>");
    if (isQuote) (endPlain(), quoted.push(line.replace(/^(&gt;|>)\s?/, "")));
    else (endQuote(), plain.push(line));
  }
  endQuote();
  endPlain();
  return parts;
}

function spans(source) {
  const parts = [];
  let rest = source;
  for (let found = SPAN.exec(rest); found; found = SPAN.exec(rest)) {
    if (found.index) parts.push(words(rest.slice(0, found.index)));
    parts.push(span(found));
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) parts.push(words(rest));
  return parts;
}

function span([whole, block, code, angle, bold, italic, strike, name]) {
  if (block !== undefined) return el("pre", {}, words(block.replace(/^\n/, "")));
  if (code !== undefined) return el("code", {}, words(code));
  if (angle !== undefined) return reference(angle, whole);
  if (bold !== undefined) return el("b", {}, spans(bold));
  if (italic !== undefined) return el("i", {}, spans(italic));
  if (strike !== undefined) return el("s", {}, spans(strike));
  return emoji(name);
}

function reference(inside, whole) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("!date^")) return date(target.split("^"), label);
  if (/^!(channel|here|everyone)/.test(target)) return ping(`@${target.slice(1)}`, "everybody in the channel");
  if (target.startsWith("!subteam")) return ping(words(label ?? "@group"), "a whole group");
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return el("span", { class: "channel-name" }, `#${channelName(target.slice(1))}`);
  if (/^(https?:|mailto:|tel:)/.test(target)) return link(words(target), words(label ?? target));
  return words(whole);
}

function date([, when, format, address], label) {
  const node = el("time", { title: words(label ?? "") }, slackDate(Number(when), words(format ?? "{date} {time}")));
  return address ? link(address, node) : node;
}

export function mention(id) {
  const name = bySlack(id)?.name ?? (id.endsWith("AMARKTAI") ? "Amarktai" : id);
  return ping(`@${name}`, name);
}

export function ping(label, whom) {
  return el("mark", { class: "ping", title: `This notifies ${whom}` }, label);
}

function words(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}
