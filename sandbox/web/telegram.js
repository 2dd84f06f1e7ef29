// The Telegram column: the groups and the private chat with the bot, commands, replies, answers to pressed buttons.

import { get, post } from "./api.js";
import { attaching } from "./attaching.js";
import { composer } from "./composer.js";
import { announce, ask, byId, coalesced, el, keyed, menu, stickToEnd, toast } from "./dom.js";
import { startCode } from "./entities.js";
import { acting, whenActing, whole } from "./people.js";
import { done } from "./progress.js";
import { bubble, inWords } from "./telegram-message.js";
import { day } from "./times.js";

const USUAL_COMMANDS = [
  ["/batch", "make or finish today's posts"], ["/queue", "what waits and what goes out when"], ["/analytics", "figures with a chart"],
  ["/apps", "the web apps and their accounts"], ["/add", "promote another web app"], ["/connect", "connect X or LinkedIn"], ["/people", "who may decide"],
  ["/pause", "hold everything"], ["/resume", "let it go on"], ["/link", "a one-time code that joins your Slack"], ["/help", "what you can ask"], ["/start", "begin"],
];
const known = new Map(); // "chat:message_id" → {one, print}
const dirty = new Set();
const unread = new Map();
let chats = [];
let commands = USUAL_COMMANDS;
let here = null;
let chosen = false; // whether a person chose the chat; until then the page shows the liveliest
let answering = null; // the message that is replied to
let scroll = null;
let typing = null;
let attached = null;

export function start() {
  scroll = stickToEnd(byId("telegram-scroller"), byId("telegram-newer"));
  attached = attaching("telegram", () => typing.box.focus());
  typing = composer(byId("telegram-composer"), { name: "telegram", placeholder: "Write a message", commands: () => commands, send, attached });
  byId("telegram-more").addEventListener("click", (event) => menu(event.currentTarget, levers()));
  document.addEventListener("click", openInside);
  whenActing(() => {
    answer(null);
    if (!mine().some(({ id }) => id === here)) here = null;
    settle();
    draw();
    scroll.toEnd();
    askedNow();
  });
}

// The menu that the bot gave to Telegram, when it gave one.
export function learnCommands(menu) {
  const start = [["/start", "begin"]];
  if (menu.length) commands = [...new Map(menu.map((one) => [`/${one.command}`, one.description])), ...start];
}

export async function reload() {
  chats = (await get("/_sandbox/telegram/chats")).chats;
  const found = await Promise.all(chats.map((chat) => get("/_sandbox/telegram/messages", { chat: chat.id })));
  known.clear();
  for (const { messages } of found) messages.forEach(keep);
  settle();
  draw();
}

export function hear(news) {
  if (news.type === "telegram.message") {
    dirty.add(`${news.chat}:${news.message_id}`);
    readDirty();
  }
  if (news.type === "telegram.chat") refresh();
}

const refresh = coalesced(reload);

const readDirty = coalesced(async () => {
  const keys = [...dirty];
  dirty.clear();
  if (keys.length > 25) return void (await reload());
  const found = await Promise.all(keys.map((key) => get(`/_sandbox/web/telegram/${key.replace(":", "/")}`)));
  const fresh = found.map(({ message }) => message).filter((one) => !known.has(`${one.chat}:${one.message_id}`) && !one.deleted);
  found.forEach(({ message }) => keep(message));
  settle();
  fresh.forEach(arrived);
  draw(fresh.some((one) => one.chat === here));
  const question = fresh.findLast((one) => one.chat === here && askedBy(one));
  if (question) (answer(question), scroll.toEnd());
});

function keep(one) {
  const key = `${one.chat}:${one.message_id}`;
  if (one.deleted) known.delete(key);
  else known.set(key, { one, print: JSON.stringify([one.message, one.history?.length]) });
}

function arrived(one) {
  if (!one.own) return;
  announce(`Telegram: ${inWords(one.message)}`.slice(0, 200));
  if (one.chat !== here) unread.set(one.chat, (unread.get(one.chat) ?? 0) + 1);
}

const ORDER = ["supergroup", "private", "group"];
const mine = () =>
  chats
    .filter((chat) => chat.members.includes(acting.person?.telegram_id) && (!chat.migrated_to || here === chat.id))
    .sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
const chatHere = () => chats.find((chat) => chat.id === here);
const inChat = (id) => [...known.values()].filter(({ one }) => one.chat === id).sort((a, b) => a.one.message_id - b.one.message_id);

// Until somebody chooses, the chat with the newest word of the bot is shown.
function settle() {
  if (!acting.person || !chats.length || (chosen && here !== null)) return;
  const last = (chat) => inChat(chat.id).filter(({ one }) => one.own).at(-1)?.one.message.date ?? 0;
  const liveliest = mine().toSorted((a, b) => last(b) - last(a))[0];
  here = last(liveliest) ? liveliest.id : whole().telegram.group.supergroup_id;
  unread.delete(here);
}

function draw(isNew = false) {
  const chat = chatHere();
  if (!chat || !acting.person) return;
  const isPrivate = chat.type === "private";
  byId("telegram-title").textContent = isPrivate ? whole().telegram.bot.name : chat.title;
  byId("telegram-about").textContent = about(chat);
  drawPlaces();
  typing.say(isPrivate ? "Write to the bot, or / for commands" : "Write to the group, or / for commands");
  scroll.change(() => keyed(byId("telegram-messages"), entries(chat), drawEntry), isNew);
}

function about(chat) {
  if (chat.migrated_to) return "became a supergroup";
  if (chat.type === "private") return chat.blocked ? "you blocked this bot" : "bot · private chat";
  const bot = chat.bot === "member" ? "with the bot" : `the bot was ${chat.bot === "kicked" ? "removed" : "not kept"}`;
  return `${chat.type} · ${chat.members.length} people · ${bot}`;
}

function drawPlaces() {
  const name = (chat) => (chat.type === "private" ? "Private chat" : chat.type === "group" ? "Small group" : chat.title);
  const tabs = mine().map((chat) => ({ key: String(chat.id), id: chat.id, name: name(chat), print: `${name(chat)} ${here === chat.id} ${unread.get(chat.id) ?? 0}` }));
  keyed(byId("telegram-places"), tabs, ({ key, id, name: label }) =>
    el("button", { type: "button", role: "tab", "aria-selected": String(here === id), data: { place: key, focus: key }, onclick: () => go(id) }, label,
      unread.get(id) ? el("span", { class: "badge" }, String(unread.get(id))) : null));
}

function go(id) {
  here = id;
  chosen = true;
  unread.delete(id);
  answer(null);
  draw();
  scroll.toEnd();
  askedNow();
}

function entries(chat) {
  const rows = [];
  let before = "";
  for (const { one, print } of inChat(chat.id)) {
    const date = day(one.message.date);
    if (date !== before) rows.push({ key: `day ${date}`, print: date, date });
    before = date;
    const own = one.message.from.id === acting.person.telegram_id;
    rows.push({ key: String(one.message_id), print: `${print} ${own}`, one, own });
  }
  if (chat.type === "private" && !chat.started) rows.push({ key: "start", print: "start", start: true });
  else if (!rows.length) rows.push({ key: "empty", print: "empty", empty: true });
  return rows;
}

function drawEntry(entry) {
  if (entry.start) return el("div", { class: "begin" }, el("p", {}, "The bot may write to you only after you wrote first."), el("button", { type: "button", id: "telegram-start", onclick: () => send("/start") }, "START"));
  if (entry.empty) return el("p", { class: "empty" }, "No messages yet. Type / below for the bot's commands.");
  if (entry.date) return el("div", { class: "day" }, el("span", {}, entry.date));
  return bubble(entry.one, { own: entry.own, isPrivate: chatHere().type === "private", press, answer, type: send });
}

// A pressed inline button: the bot's answer is a toast or an alert, as Telegram shows it.
async function press(one, button) {
  done("decide");
  const told = await post("/_sandbox/telegram/click", { user: acting.person.telegram_id, chat: one.chat, message_id: one.message_id, data: button.callback_data });
  if (!told) return;
  const words = told.shown.join("\n");
  if (words && told.alert) await ask({ text: words, yes: "OK", look: "telegram-look" });
  else if (words) toast(words);
  else if (!told.answered) toast(silence(told), "bad");
}

function silence(told) {
  if (told.via === "waiting") return "The product does not take the press. Telegram keeps it and tries again.";
  return told.delivered ? "The bot took the press and did not answer it." : "The bot listens nowhere yet: no webhook, nobody polling.";
}

// Opens the reply line for a message, or closes it.
function answer(one) {
  answering = one;
  const words = one ? `Reply to ${one.own ? "the bot" : one.message.from.first_name}: ${inWords(one.message).slice(0, 80)}` : "";
  typing.banner(words, () => answer(null));
  if (!one) return void draw();
  typing.say(one.message.reply_markup?.input_field_placeholder || "Write your reply");
  typing.box.focus();
}

// Whether the bot's message asks this very person for a reply (ForceReply; a selective one names them or answers them).
function askedBy(one) {
  const markup = one.message.reply_markup;
  if (!one.own || !markup?.force_reply) return false;
  const me = acting.person;
  if (!markup.selective || one.chat === me.telegram_id) return true;
  const names = (one.message.entities ?? []).some((entity) => entity.url === `tg://user?id=${me.telegram_id}` || entity.user?.id === me.telegram_id);
  return names || one.message.reply_to_message?.from.id === me.telegram_id || (one.pings ?? []).includes(`@${me.telegram_username}`);
}

// After a switch of person or chat: a question that is still open opens the reply line again.
function askedNow() {
  const last = inChat(here).at(-1);
  if (last && askedBy(last.one)) answer(last.one);
}

async function send(text) {
  if (text.startsWith("/analytics")) done("ask");
  const reply = answering && answering.chat === here ? answering.message_id : undefined;
  const told = await post("/_sandbox/telegram/send", { user: acting.person.telegram_id, chat: here, text, reply_to_message_id: reply, ...(attached.count() ? { files: await attached.files() } : {}) });
  if (!told) return false;
  attached.clear();
  answer(null);
  if (told.via === "waiting") toast("The product does not take the message. Telegram keeps it and tries again.", "bad");
  if (told.via === "not subscribed") toast("The bot listens nowhere yet: no webhook, nobody polling.", "bad");
  refresh();
  return true;
}

// A link to the sandbox's own bot stays here: it opens the private chat and presses Start.
async function openInside(event) {
  const address = event.target.closest?.("a[href]")?.href;
  const code = address ? startCode(address) : null;
  if (code === null) return;
  event.preventDefault();
  document.querySelector('[data-column="telegram"][role="tab"]').click();
  go(acting.person.telegram_id);
  await send(`/start ${code}`.trim());
}

function levers() {
  const user = acting.person.telegram_id;
  const chat = chatHere();
  const lever = (name, wish) => () => post(`/_sandbox/telegram/${name}`, wish).then(refresh);
  if (chat?.type === "private") {
    return [chat.blocked ? { label: "Unblock the bot", run: lever("block", { user, unblock: true }) } : { label: "Block the bot", run: lever("block", { user }), danger: true }];
  }
  const group = [chat?.bot === "member" ? { label: "Remove the bot from the group", run: lever("kick", { chat: here }), danger: true } : { label: "Add the bot to the group", run: lever("add", { chat: here }) }];
  return chat?.type === "group" ? [...group, { label: "Turn it into a supergroup", run: lever("migrate", { chat: here }) }] : group;
}
