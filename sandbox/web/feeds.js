// What readers see: the posts of all six platforms as they look there, in one column; deleted ones are marked.

import { get } from "./api.js";
import { byId, coalesced, el, keyed } from "./dom.js";
import { facebook } from "./feeds/facebook.js";
import { instagram } from "./feeds/instagram.js";
import { linkedin } from "./feeds/linkedin.js";
import { freshen } from "./feeds/parts.js";
import { tiktok } from "./feeds/tiktok.js";
import { x } from "./feeds/x.js";
import { youtube } from "./feeds/youtube.js";
import { NAMES, mark } from "./platforms.js";
import { done } from "./progress.js";

const DRAW = { x, linkedin, facebook, instagram, tiktok, youtube };
let platform = "";
let posts = [];

export const refreshFeeds = coalesced(async () => {
  posts = (await get("/_sandbox/feeds")).posts;
  draw();
}, 100);

export function start() {
  const box = byId("feeds-posts");
  setInterval(() => document.hidden || refreshFeeds(), 10_000); // figures grow, and scheduled posts appear, without any news
  const alone = ({ target }) => box.querySelectorAll("video").forEach((film) => film === target || film.pause());
  box.addEventListener("play", alone, true);
}

// Whatever a platform tells may change its feed: youtube.post, tiktok.failed, facebook.delete, …
export function hear(news) {
  if (news.type.split(".")[0] in NAMES) refreshFeeds();
}

// Not what only its author sees, nor a film that YouTube could not use.
const isLive = (post) => !post.deleted && post.visibility !== "private" && post.privacy !== "SELF_ONLY" && !/^(failed|rejected)/.test(post.state ?? "");

function draw() {
  const live = posts.filter(isLive);
  byId("status-published").querySelector("b").textContent = String(live.length);
  if (live.length) done("live");
  const count = (name) => live.filter((post) => !name || post.platform === name).length;
  const tabs = ["", ...Object.keys(NAMES)].map((key) => ({ key, print: `${platform === key} ${count(key)}` }));
  keyed(byId("feeds-places"), tabs, ({ key }) => tab(key, count(key)));
  byId("feeds-about").textContent = platform ? `${NAMES[platform]}, as it looks there` : "Six platforms, newest first";
  const entries = posts.filter((post) => !platform || post.platform === platform).map((post) => ({ key: `${post.platform} ${post.id}`, post, print: JSON.stringify({ ...post, metrics: null }) }));
  keyed(byId("feeds-posts"), entries.length ? entries : [{ key: "empty", print: platform }], ({ post }) => (post ? DRAW[post.platform](post) : empty()));
  for (const { post } of entries) freshen(document.querySelector(`[data-post="${CSS.escape(post.id)}"]`), post);
}

function tab(key, count) {
  const name = NAMES[key] ?? "All";
  const choose = () => {
    platform = key;
    draw();
    byId("feeds-scroller").scrollTop = 0;
  };
  const props = { type: "button", role: "tab", "aria-selected": String(platform === key), "aria-label": `${name}: ${count}`, title: name, data: { place: key, focus: name }, onclick: choose };
  return el("button", props, key ? mark(key) : el("span", { class: "all" }, "All"), key ? el("span", { class: "tab-name" }, name) : null, el("span", { class: "tab-count" }, String(count)));
}

function empty() {
  const where = platform ? ` on ${NAMES[platform]}` : "";
  return el("p", { class: "empty" }, el("b", {}, `Nothing is published${where} yet.`), " A post appears here when somebody approved it and its slot has come.");
}
