// One message of Telegram as a bubble: sender, text, picture, film or file, what it replies to, its inline keyboard.

import { weight } from "./attaching.js";
import { el, link, toast } from "./dom.js";
import { formatted } from "./entities.js";
import { avatar, botFace, byTelegram, colourOf } from "./people.js";
import { clock, exact } from "./times.js";

const SERVICE = {
  migrate_to_chat_id: () => "This group became a supergroup",
  migrate_from_chat_id: () => "This supergroup was a small group before",
  new_chat_title: (message) => `The group is called “${message.new_chat_title}” now`,
  new_chat_members: (message) => `${message.new_chat_members.map((one) => one.first_name).join(", ")} joined`,
  left_chat_member: (message) => `${message.left_chat_member.first_name} left`,
};

// `press(document, button)`, `answer(document)` and `type(command)` are what a person can do with it.
export function bubble(one, { own, isPrivate, press, answer, type }) {
  const message = one.message;
  const service = Object.keys(SERVICE).find((name) => message[name] !== undefined);
  if (service) return el("div", { class: "service" }, el("span", {}, SERVICE[service](message)));
  const name = one.own ? message.from.first_name : (byTelegram(message.from.id)?.name ?? message.from.first_name);
  const head = own || isPrivate ? null : el("div", { class: "sender" }, name);
  if (head) head.style.setProperty("--face", one.own ? "#2a8bd6" : colourOf(name));
  const stamp = el("span", { class: "stamp", title: exact(message.date) }, message.edit_date ? "edited " : "", clock(message.date));
  const inside = el("div", { class: `bubble ${isSeen(message) ? "with-photo" : ""}` }, head, origin(message), quoted(message.reply_to_message), photo(message), film(message), file(message), words(message, type), stamp);
  const reply = el("button", { type: "button", class: "reply-button", "aria-label": "Reply to this message", title: "Reply", onclick: () => answer(one) }, "↩");
  const column = el("div", { class: "bubble-column" }, el("div", { class: "bubble-line" }, inside, reply), keyboard(one, press), typedKeyboard(message, type), versions(one, press));
  const look = `telegram-message ${own ? "own" : ""}`;
  const face = own || isPrivate ? null : one.own ? botFace() : avatar(name);
  return el("article", { class: look, data: { message: String(one.message_id), chat: String(one.chat) } }, face, column);
}

function words(message, type) {
  const text = message.text ?? message.caption;
  return text === undefined ? null : el("div", { class: "bubble-text" }, formatted(text, message.entities ?? message.caption_entities, type));
}

function photo(message) {
  const size = message.photo?.at(-1);
  if (!size) return null;
  return el("img", { class: "photo", src: `/_sandbox/telegram/files/${encodeURIComponent(size.file_id)}`, width: String(size.width), height: String(size.height), alt: message.caption ?? "Picture", loading: "lazy" });
}

const address = (file) => `/_sandbox/telegram/files/${encodeURIComponent(file.file_id)}`;
const moves = (message) => message.video ?? message.animation ?? message.video_note;
const isSeen = (message) => Boolean(message.photo || moves(message));
const OTHERS = { sticker: "Sticker", voice: "Voice message", audio: "Music" };

// What a message says, or what it is when it says nothing.
export function inWords(message) {
  const kind = message.photo ? "Picture" : message.animation ? "GIF" : moves(message) ? "Film" : (message.document?.file_name ?? "Message");
  const other = Object.keys(OTHERS).find((name) => message[name]);
  return message.text ?? message.caption ?? (other ? OTHERS[other] : kind);
}

function film(message) {
  const shown = moves(message);
  if (!shown) return null;
  if (shown.mime_type?.startsWith("image/")) return el("img", { class: "photo", src: address(shown), alt: message.caption ?? "GIF", loading: "lazy" });
  return el("video", { class: "photo", src: address(shown), controls: true, muted: true, loop: Boolean(message.animation), preload: "metadata", "aria-label": message.caption ?? "Film" });
}

function file(message) {
  const other = Object.keys(OTHERS).find((name) => message[name]);
  const found = other ? message[other] : message.document;
  if (!found || message.animation) return null;
  return el("a", { class: "file", href: address(found), download: found.file_name ?? "", title: found.mime_type ?? "" }, el("b", {}, other ? OTHERS[other] : found.file_name), el("small", {}, weight(found.file_size)));
}

function origin(message) {
  const from = message.forward_origin?.sender_user;
  return from ? el("div", { class: "origin" }, `Forwarded from ${from.first_name}`) : null;
}

function quoted(message) {
  if (!message) return null;
  return el("div", { class: "quoted" }, el("b", {}, message.from?.first_name ?? "Message"), el("span", {}, inWords(message).slice(0, 120)));
}

function keyboard(one, press, markup = one.message.reply_markup) {
  const rows = markup?.inline_keyboard;
  if (!rows) return null;
  return el("div", { class: "keyboard" }, rows.map((row) => el("div", { class: "keyboard-row" }, row.map((button) => key(one, button, press)))));
}

function key(one, button, press) {
  const marks = { class: `key ${button.style ?? ""}`, data: { data: button.callback_data ?? "", focus: button.callback_data ?? button.text } };
  if (button.url) return link(button.url, `${button.text} ↗`, marks);
  const node = el("button", { type: "button", ...marks }, button.text);
  node.addEventListener("click", async () => {
    if (button.copy_text) return void navigator.clipboard.writeText(button.copy_text.text).then(() => toast("Copied."));
    if (button.callback_data === undefined) return toast("The sandbox's page does not know this kind of button.", "bad");
    node.classList.add("busy");
    await press(one, button);
    node.classList.remove("busy");
  });
  return node;
}

// A keyboard of ready answers, below the message rather than below the box.
function typedKeyboard(message, type) {
  const rows = message.reply_markup?.keyboard;
  if (!rows) return null;
  return el("div", { class: "keyboard" }, rows.map((row) => el("div", { class: "keyboard-row" }, row.map((button) => el("button", { type: "button", class: "key", onclick: () => type(button.text ?? button) }, button.text ?? button)))));
}

function versions(one, press) {
  if (!one.history?.length) return null;
  const details = el("details", { class: "versions" }, el("summary", {}, `${one.history.length} earlier ${one.history.length === 1 ? "version" : "versions"}`));
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    for (const old of one.history.toReversed().slice(0, 10)) {
      details.append(el("div", { class: "version" }, el("small", {}, `until ${exact(old.until)}, as a slow client still shows it`), words(old, () => {}), keyboard(one, press, old.reply_markup)));
    }
  });
  return details;
}
