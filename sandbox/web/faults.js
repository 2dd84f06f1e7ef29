// Trouble on purpose: choose where it strikes, press what goes wrong, and watch the product cope.

import { get, post } from "./api.js";
import { coalesced, el, toast } from "./dom.js";

const of = (platform, names) => names.split(" ").map((name) => `${platform}.${name}`);
const TARGETS = {
  X: of("x", "posts delete timeline lookup me media metadata token *"),
  LinkedIn: of("linkedin", "posts delete list get comments comment_list comment_delete images image_status videos video_finalize video_status documents document_status upload userinfo acls organizations stats analytics social token *"),
  Facebook: of("facebook", "feed photos videos video_reels rupload uploads upload publish comments comment_list delete post photo video posts published_posts reels video_list insights page me accounts token debug_token *"),
  Instagram: of("instagram", "media media_publish container limit rupload list stories get edit delete comments comment_list comment_delete insights account *"),
  TikTok: of("tiktok", "creator_info video_init inbox_init photo_init upload status cancel list query user token revoke *"),
  YouTube: of("youtube", "insert upload probe videos update delete stats thumbnails channels playlist comments comment_list reports token *"),
  Slack: of("slack", "chat.postMessage chat.update chat.postEphemeral views.open views.update views.publish files.getUploadURLExternal files.completeUploadExternal files.info files.download conversations.join users.info *"),
  Telegram: of("telegram", "sendMessage sendPhoto editMessageText answerCallbackQuery getFile file getUpdates setWebhook *"),
};
const FAULTS = [
  ["accept_then_500", "It happens, the answer is 500"],
  ["accept_then_close", "It happens, the connection closes without an answer"],
  ["accept_then_hang", "It happens, no answer comes for “seconds”"],
  ["accept_late", "The connection closes; it happens “seconds” later"],
  ["malformed_2xx", "It happens, the answer is 2xx and nonsense"],
  ["slow", "It happens, the good answer takes “seconds”"],
  ["reject_5xx", "It does not happen: 503"],
  ["429", "It does not happen: too many, retry after so many seconds"],
  ["close", "It does not happen: the connection closes"],
];
const wish = { target: "x.posts", count: 1, seconds: "", retry_after: "" };
let armedList = null;
let played = [];

export function drawFaults(body) {
  const number = (name, label, hint) => el("label", {}, label, el("input", { type: "number", min: name === "count" ? "1" : "0", name, placeholder: hint, value: String(wish[name]), oninput: (event) => (wish[name] = event.target.value) }));
  const options = Object.entries(TARGETS).map(([group, targets]) => el("optgroup", { label: group }, targets.map((target) => el("option", { value: target, selected: target === wish.target }, target))));
  const target = el("select", { name: "target", onchange: (event) => (wish.target = event.target.value) }, options);
  const where = el("div", { class: "fault-form" }, el("label", {}, "Where", target), number("count", "How often", "1"), number("seconds", "Seconds", "usual"), number("retry_after", "Retry after", "30"));
  const buttons = FAULTS.map(([fault, words]) => el("button", { type: "button", class: "fault", data: { fault }, onclick: () => arm(fault) }, el("b", {}, fault), el("small", {}, words)));
  const heal = el("button", { type: "button", class: "heal", id: "heal", onclick: async () => (await post("/_sandbox/faults", {}, "DELETE")) && refresh() }, "Heal everything");
  armedList = el("div", { class: "armed", id: "armed", role: "status" });
  body.replaceChildren(where, el("div", { class: "fault-buttons" }, buttons), el("div", { class: "armed-line" }, armedList, heal));
  refresh();
}

// A fault was played (or, with null, the page reads everything anew).
export function faultNews(news) {
  if (news) {
    played = [`${news.target}: ${news.fault}`, ...played].slice(0, 4);
    toast(`Fault played: ${news.target}, ${news.fault}`);
  }
  refresh();
}

const refresh = coalesced(async () => {
  const { faults } = await get("/_sandbox/faults");
  document.querySelector('.tools [data-drawer="faults"]').dataset.armed = faults.length ? String(faults.length) : "";
  if (!armedList?.isConnected) return;
  const chips = faults.map((one) => el("span", { class: "fault-chip" }, `${one.target} · ${one.fault}${one.count > 1 ? ` × ${one.count}` : ""}`));
  const before = played.length ? el("small", {}, `Played: ${played.join(", ")}`) : null;
  armedList.replaceChildren(...(chips.length ? [el("b", {}, "Armed"), ...chips] : [el("span", { class: "soft" }, "Nothing is armed; everything works.")]), before ?? "");
}, 30);

async function arm(fault) {
  const given = { target: wish.target, fault, count: Math.max(1, Number(wish.count) || 1) };
  for (const name of ["seconds", "retry_after"]) if (wish[name] !== "") given[name] = Number(wish[name]);
  if (await post("/_sandbox/faults", given)) refresh();
}
