// What readers see: the posts of X and LinkedIn as they look there, with pictures and figures; deleted ones are marked.

import { get } from "./api.js";
import { byId, coalesced, el, icon, keyed, link } from "./dom.js";
import { avatar } from "./people.js";
import { done } from "./progress.js";
import { ago, exact } from "./times.js";

const NAMES = { "": "All", x: "X", linkedin: "LinkedIn" };
const ICONS = {
  replies: "M4 5h16v11H9l-5 4z",
  reposts: "M5 9l3-4 3 4M8 5v10h6M19 15l-3 4-3-4M16 19V9h-6",
  likes: "M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.3 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
  impressions: "M4 20V12M10 20V5M16 20v-9M21 20H3",
  clicks: "M9 9l11 4-5 2-2 5zM5 5l2 2M4 10h3M10 4v3",
};
const WORDS = { impressions: "views", likes: "likes", replies: "replies", reposts: "reposts", clicks: "link clicks" };
const PIECES = /(https?:\/\/[^\s]+|#[\p{L}\p{N}_]+|@[A-Za-z0-9_]{2,})/u;
let platform = "";
let posts = [];

export const refreshFeeds = coalesced(async () => {
  posts = (await get("/_sandbox/feeds")).posts;
  draw();
}, 100);

export function start() {
  setInterval(() => document.hidden || refreshFeeds(), 10_000); // figures grow without any news
}

export function hear(news) {
  if (["x.post", "x.delete", "linkedin.post", "linkedin.delete"].includes(news.type)) refreshFeeds();
}

function draw() {
  const live = posts.filter((post) => !post.deleted);
  byId("status-published").querySelector("b").textContent = String(live.length);
  if (posts.length) done("live");
  const count = (name) => live.filter((post) => !name || post.platform === name).length;
  const tabs = Object.entries(NAMES).map(([key, name]) => ({ key, name, print: `${platform === key} ${count(key)}` }));
  keyed(byId("feeds-places"), tabs, ({ key, name }) =>
    el("button", { type: "button", role: "tab", "aria-selected": String(platform === key), data: { place: key, focus: name }, onclick: () => ((platform = key), draw()) }, `${name} `, el("span", { class: "soft" }, String(count(key)))));
  const shown = posts.filter((post) => !platform || post.platform === platform);
  const entries = shown.map((post) => ({ key: post.id, post, print: JSON.stringify([post, ago(post.created_at)]) }));
  keyed(byId("feeds-posts"), entries.length ? entries : [{ key: "empty", print: "" }], ({ post }) => (post ? DRAW[post.platform](post) : empty()));
}

const DRAW = { x, linkedin };

function empty() {
  return el("p", { class: "empty" }, el("b", {}, "Nothing is published yet."), " A post appears here when somebody approved it and its slot has come.");
}

function x(post) {
  const head = el("div", { class: "post-head" }, el("b", {}, post.account_name), el("span", { class: "soft" }, `@${post.account} · `, moment(post)), el("span", { class: "where", title: "X" }, "𝕏"));
  const figures = el("div", { class: "figures" }, ["replies", "reposts", "likes", "impressions", "clicks"].map((name) => figure(post, name)));
  return article(post, el("div", { class: "x-post" }, avatar(post.account_name), el("div", { class: "post-main" }, head, text(post), pictures(post), figures, below(post))));
}

function linkedin(post) {
  const kind = post.account.includes("organization") ? "Company page" : "Member";
  const who = el("div", { class: "post-who" }, el("b", {}, post.account_name), el("small", {}, `${kind} · `, moment(post)));
  const head = el("div", { class: "post-head" }, avatar(post.account_name, kind === "Member" ? "" : "square"), who, el("span", { class: "where linkedin-mark", title: "LinkedIn" }, "in"));
  const figures = el("div", { class: "figures words" }, ["likes", "replies", "reposts", "impressions", "clicks"].map((name) => figure(post, name)));
  return article(post, el("div", { class: "linkedin-post" }, head, text(post), pictures(post), figures, below(post)));
}

function article(post, inside) {
  return el("article", { class: `post ${post.platform} ${post.deleted ? "deleted" : ""}`, data: { post: post.id }, "aria-label": `${NAMES[post.platform]}, ${post.account_name}` }, inside);
}

const moment = (post) => el("time", { title: exact(post.created_at) }, ago(post.created_at));

function text(post) {
  const parts = post.text.split(PIECES).map((part) => {
    if (/^https?:/.test(part)) return link(part, part.replace(/^https?:\/\//, ""));
    return PIECES.test(part) ? el("span", { class: "soft-link" }, part) : part;
  });
  return el("p", { class: "post-text lines" }, parts);
}

function pictures(post) {
  const here = (url) => new URL(url, location.href).pathname; // the page may be open as localhost
  return post.media.length ? el("div", { class: "post-pictures" }, post.media.map(({ url, alt }) => el("img", { src: here(url), alt: alt ?? "", title: alt ?? "", loading: "lazy" }))) : null;
}

function figure(post, name) {
  const value = post.metrics[name];
  const known = value !== null && value !== undefined;
  const shown = known ? new Intl.NumberFormat("en", { notation: value > 9999 ? "compact" : "standard" }).format(value) : "–";
  return el("span", { class: "figure", title: known ? `${value} ${WORDS[name]}` : `${WORDS[name]}: the platform does not tell` }, icon(ICONS[name]), shown, el("span", { class: "figure-word" }, ` ${WORDS[name]}`));
}

function below(post) {
  if (post.deleted) return el("p", { class: "deleted-note" }, "Deleted. Nobody sees it any more.");
  return el("p", { class: "permalink" }, link(location.origin + new URL(post.url).pathname, "Open the post ↗"));
}
