// Telegram's text with its entities, which may lie within one another; offsets count UTF-16 units, as JavaScript does.

import { el, link } from "./dom.js";
import { byTelegram, people, whole } from "./people.js";

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code" };

// `type(command)` is called when a person presses a /command in the text.
export function formatted(text, entities = [], type = () => {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return piece(text, 0, text.length, sorted, type);
}

function piece(text, from, to, entities, type) {
  const parts = [];
  let at = from;
  let before = null;
  let rest = entities.filter((one) => one.offset < to && one.offset + one.length > from);
  while (rest.length) {
    const [entity, ...later] = rest;
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (start > at) parts.push(plain(text, at, start, before));
    before = entity;
    if (end > start) parts.push(dressed(entity, piece(text, start, end, later, type), text.slice(start, end), type));
    at = Math.max(at, end);
    rest = later.filter((one) => one.offset + one.length > at);
  }
  if (at < to) parts.push(plain(text, at, to, before));
  return parts;
}

// A block of code or a quote ends its own line; the line break behind it would show as an empty line.
function plain(text, from, to, before) {
  const afterBlock = ["pre", "blockquote", "expandable_blockquote"].includes(before?.type) && from === before.offset + before.length;
  return text.slice(from + (afterBlock && text[from] === "\n" ? 1 : 0), to);
}

function dressed(entity, inner, words, type) {
  if (TAGS[entity.type]) return el(TAGS[entity.type], {}, inner);
  switch (entity.type) {
    case "pre": return el("pre", {}, inner);
    case "blockquote": return el("blockquote", {}, inner);
    case "expandable_blockquote": return el("blockquote", { class: "expandable" }, inner);
    case "spoiler": return el("span", { class: "spoiler", tabindex: "0" }, inner);
    case "text_link": return entity.url.startsWith("tg://user") ? ping(inner, entity.url.replace(/\D/g, "")) : link(entity.url, inner);
    case "text_mention": return ping(inner, entity.user?.id);
    case "url": return link(/^https?:/i.test(words) ? words : `https://${words}`, inner);
    case "email": return link(`mailto:${words}`, inner);
    case "mention": return known(words) ? ping(inner, known(words).telegram_id) : el("span", { class: "soft-link" }, inner);
    case "bot_command": return el("button", { type: "button", class: "linkish", onclick: () => type(words) }, inner);
    case "hashtag": case "cashtag": return el("span", { class: "soft-link" }, inner);
    default: return el("span", {}, inner);
  }
}

function known(name) {
  return people().find((person) => `@${person.telegram_username}`.toLowerCase() === name.toLowerCase());
}

function ping(inner, id) {
  return el("mark", { class: "ping", title: `This notifies ${byTelegram(id)?.name ?? id}` }, inner);
}

// The code of a link such as https://t.me/bot?start=CODE that leads to the sandbox's bot, "" without a code, else null.
export function startCode(address) {
  const bot = whole().telegram.bot.username;
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const isWeb = ["t.me", "telegram.me"].includes(url.hostname) && url.pathname.slice(1) === bot;
  const isApp = url.protocol === "tg:" && url.searchParams.get("domain") === bot;
  return isWeb || isApp ? (url.searchParams.get("start") ?? "") : null;
}
