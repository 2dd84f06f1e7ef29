// The Slack column: channels, messages with their threads, the App Home, slash commands.

import { get, post } from "./api.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { announce, ask, byId, coalesced, el, keyed, menu, stickToEnd, toast } from "./dom.js";
import { refreshViews } from "./modals.js";
import { knowChannels } from "./mrkdwn.js";
import { acting, avatar, botFace, bySlack, whenActing, whole } from "./people.js";
import { rememberChannels } from "./places.js";
import { done } from "./progress.js";
import { message } from "./slack-message.js";
import { day } from "./times.js";

const COMMANDS = [
  ["/amarktai help", "what you can ask"],
  ["/amarktai batch now", "make or finish today's posts"],
  ["/amarktai queue", "what waits and what goes out when"],
  ["/amarktai apps", "the web apps and their accounts"],
  ["/amarktai add <url>", "promote another web app"],
  ["/amarktai connect", "connect X or LinkedIn"],
  ["/amarktai people", "who may decide"],
  ["/amarktai pause", "hold everything"],
  ["/amarktai resume", "let it go on"],
  ["/amarktai stop everything", "nothing goes out any more"],
  ["/amarktai link", "a one-time code for Telegram"],
  ["/analytics 24h", "figures of the last day"],
  ["/analytics 7d", "figures of the last week"],
  ["/analytics 30d", "figures of the last month"],
];
const HOME = "home";
const known = new Map(); // "channel:ts" → message
const dirty = new Set(); // keys to be read again
const unread = new Map(); // channel → number
const folded = new Map(); // ts of a thread → whether it is closed
const dismissed = new Set(); // ephemeral messages that were put away
let channels = [];
let here = "C0REVIEW";
let scroll = null;
let typing = null;
let loaded = false;

export function start() {
  scroll = stickToEnd(byId("slack-scroller"), byId("slack-newer"));
  typing = composer(byId("slack-composer"), { name: "slack", placeholder: "Message", commands: () => COMMANDS, send });
  byId("slack-team").textContent = whole().slack.team.name;
  byId("slack-more").addEventListener("click", (event) => menu(event.currentTarget, levers()));
  whenActing(() => {
    if (!places().some(({ id }) => id === here)) here = places()[0]?.id ?? here;
    draw();
    scroll.toEnd();
    refreshViews();
    if (here === HOME) openHome();
  });
}

export async function reload() {
  channels = (await get("/_sandbox/slack/channels")).channels.filter((one) => !one.archived);
  rememberChannels(channels);
  knowChannels(channels);
  const found = await Promise.all(channels.map((one) => get("/_sandbox/slack/messages", { channel: one.id })));
  known.clear();
  for (const { messages } of found) for (const one of messages) keep(one);
  loaded = true;
  draw();
  refreshViews();
  if (here === HOME) showHome();
}

// One piece of news from the stream.
export function hear(news) {
  if (news.type === "slack.message") {
    if (news.effect === "deleted") forget(news);
    else dirty.add(`${news.channel}:${news.ts}`);
    readDirty();
  }
  if (news.type === "slack.views" && news.user === acting.person.slack_id) {
    refreshViews();
    if (here === HOME) showHome();
  }
  if (["slack.channel", "slack.install"].includes(news.type)) refresh();
}

const refresh = coalesced(reload);

const readDirty = coalesced(async () => {
  const keys = [...dirty];
  dirty.clear();
  const strange = keys.some((key) => !channels.some((one) => key.startsWith(`${one.id}:`)));
  if (keys.length > 25 || strange) return void (await reload());
  const found = await Promise.all(keys.map((key) => get(`/_sandbox/web/slack/${key.replace(":", "/")}`)));
  let last = null;
  for (const { message: one } of found) {
    if (!known.has(`${one.channel}:${one.ts}`)) (arrived(one), (last = one));
    keep(one);
  }
  draw(Boolean(last));
  if (last && last.ephemeral_to === acting.person.slack_id) byId("slack-messages").querySelector(`[data-ts="${last.ts}"]`)?.scrollIntoView({ block: "nearest" });
});

function keep(one) {
  if (one.deleted) return void known.delete(`${one.channel}:${one.ts}`);
  known.set(`${one.channel}:${one.ts}`, { one, print: JSON.stringify([one.text, one.blocks, one.files, one.history?.length]) });
}

function forget({ channel, ts }) {
  known.delete(`${channel}:${ts}`);
}

function arrived(one) {
  if (!one.bot_id || (one.ephemeral_to && one.ephemeral_to !== acting.person.slack_id)) return;
  announce(`Slack: ${one.text}`);
  if (one.channel !== here) unread.set(one.channel, (unread.get(one.channel) ?? 0) + 1);
}

function places() {
  const mine = channels.filter((one) => one.members.includes(acting.person.slack_id));
  const shown = mine.filter((one) => one.im || one.id === "C0REVIEW" || has(one.id) || one.id === here);
  return [...shown.map((one) => ({ id: one.id, name: one.im ? "Amarktai" : `# ${one.name}` })), { id: HOME, name: "App Home" }];
}

const has = (channel) => [...known.values()].some(({ one }) => one.channel === channel);

function draw(isNew = false) {
  if (!acting.person) return;
  drawPlaces();
  byId("slack-home").hidden = here !== HOME;
  byId("slack-scroller").hidden = here === HOME;
  byId("slack-composer").hidden = here === HOME;
  if (here === HOME) return;
  const channel = channels.find((one) => one.id === here);
  typing.say(channel?.im ? "Message Amarktai, or / for commands" : `Message #${channel?.name ?? ""}, or / for commands`);
  scroll.change(() => keyed(byId("slack-messages"), entries(), drawEntry), isNew);
  if ([...known.values()].some(({ one }) => one.bot_id && one.blocks?.some((block) => block.type === "actions"))) done("watch");
}

function drawPlaces() {
  const tabs = places().map(({ id, name }) => ({ key: id, print: `${name} ${here === id} ${unread.get(id) ?? 0}`, name }));
  keyed(byId("slack-places"), tabs, ({ key, name }) =>
    el("button", { type: "button", role: "tab", "aria-selected": String(here === key), data: { place: key, focus: key }, onclick: () => go(key) }, name,
      unread.get(key) ? el("span", { class: "badge", "aria-label": "new" }, String(unread.get(key))) : null));
}

function go(place) {
  here = place;
  unread.delete(place);
  draw();
  scroll.toEnd();
  if (place === HOME) openHome();
}

// What stands in the channel, from top to bottom: days, messages, and below each the bar and the replies of its thread.
function entries() {
  const mine = acting.person.slack_id;
  const seen = [...known.values()]
    .filter(({ one }) => one.channel === here && [null, undefined, mine].includes(one.ephemeral_to) && !dismissed.has(one.ts))
    .sort((a, b) => (a.one.ts < b.one.ts ? -1 : 1));
  const heads = new Set(seen.map(({ one }) => one.ts));
  const isReply = ({ one }) => one.thread_ts && one.thread_ts !== one.ts && heads.has(one.thread_ts);
  const threads = Map.groupBy(seen.filter(isReply), ({ one }) => one.thread_ts);
  const newest = [...threads.keys()].sort().at(-1);
  const rows = [];
  let before = "";
  for (const head of seen.filter((found) => !isReply(found))) {
    const date = day(head.one.ts);
    if (date !== before) rows.push({ key: `day ${date}`, print: date, date });
    before = date;
    rows.push({ key: head.one.ts, print: head.print, ...head });
    const replies = threads.get(head.one.ts) ?? [];
    if (!replies.length) continue;
    const closed = folded.get(head.one.ts) ?? head.one.ts !== newest;
    rows.push({ key: `bar ${head.one.ts}`, print: `${replies.length} ${closed}`, bar: head.one.ts, replies, closed });
    if (!closed) rows.push(...replies.map((reply) => ({ key: reply.one.ts, print: reply.print, ...reply, reply: true })));
  }
  return rows.length ? rows : [{ key: "empty", print: String(loaded), empty: true }];
}

function drawEntry(entry) {
  if (entry.empty) return empty();
  if (entry.date) return el("div", { class: "day" }, el("span", {}, entry.date));
  if (entry.bar) return bar(entry);
  return message(entry.one, { reply: entry.reply, use, dismiss });
}

function empty() {
  if (!loaded) return el("p", { class: "empty" }, "Loading …");
  return el("p", { class: "empty" }, el("b", {}, "No messages yet."), " Cards arrive here once the product is installed and made its first posts. ",
    "Until then: type / below for its commands.");
}

function bar({ bar: ts, replies, closed }) {
  const faces = [...new Set(replies.map(({ one }) => one.user))].slice(0, 3).map((user) => (bySlack(user) ? avatar(bySlack(user).name, "tiny") : botFace("tiny")));
  const toggle = () => (folded.set(ts, !closed), draw());
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  return el("button", { type: "button", class: "thread-bar", "aria-expanded": String(!closed), data: { focus: `bar ${ts}`, thread: ts }, onclick: toggle }, faces, el("b", {}, count), el("span", {}, closed ? "Show thread" : "Hide thread"));
}

async function use(one, element, block, value) {
  done("decide");
  const wish = { user: acting.person.slack_id, channel: one.channel, ts: one.ts, action_id: element.action_id, block_id: block.block_id };
  const told = await post("/_sandbox/slack/click", { ...wish, value: value ?? undefined });
  tell(told);
}

// What went wrong is said aloud; what the app answered arrives as a message anyway.
function tell(told) {
  if (told?.error) toast(told.shown[0] ?? `The app did not answer (${told.error}).`, "bad");
  return told !== null;
}

function dismiss(one) {
  dismissed.add(one.ts);
  draw();
}

async function send(text) {
  const user = acting.person.slack_id;
  if (!text.startsWith("/")) return tell(await post("/_sandbox/slack/say", { user, channel: here, text }));
  const [command, ...rest] = text.split(/\s+/);
  if (command === "/analytics") done("ask");
  return tell(await post("/_sandbox/slack/command", { user, channel: here, command, text: rest.join(" ") }));
}

async function openHome() {
  await showHome();
  const told = await post("/_sandbox/slack/event", { type: "app_home_opened", user: acting.person.slack_id, team: acting.person.slack_team });
  if (told && (told.error || !told.delivered)) toast("The app did not hear that its Home was opened. Is it installed and running?", "bad");
  await showHome();
}

const showHome = async () => {
  const { view } = await get("/_sandbox/slack/home", { user: acting.person.slack_id, team: acting.person.slack_team });
  const press = (element, block, value) =>
    post("/_sandbox/slack/click", { user: acting.person.slack_id, view_id: view.id, action_id: element.action_id, block_id: block.block_id, value: value ?? undefined }).then(tell);
  const content = view ? el("div", { class: "home-body", data: { view: view.id } }, blocks(view.blocks, press)) : el("p", { class: "empty" }, el("b", {}, "The App Home is empty."), " The app fills it when it is installed.");
  byId("slack-home").replaceChildren(content);
};

function levers() {
  const event = (type, more = {}) => () => post("/_sandbox/slack/event", { type, ...more });
  const uninstall = async () => {
    const sure = await ask({ title: "Uninstall the app?", text: "Slack revokes its tokens at once, as when an admin removes it.", yes: "Uninstall", no: "Keep it", danger: true, look: "slack-look" });
    if (sure) event("app_uninstalled")();
  };
  return [
    { label: "Open the App Home", run: () => go(HOME) },
    { label: "Invite the app to this channel", run: event("invite", { channel: here === HOME ? "C0REVIEW" : here }) },
    { label: "Uninstall the app …", run: uninstall, danger: true },
  ];
}

