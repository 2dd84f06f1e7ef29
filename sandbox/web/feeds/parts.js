// What the posts of all platforms are made of: words, pictures, films, figures, and the frame round them.

import { el, icon, link } from "../dom.js";
import { avatar } from "../people.js";
import { NAMES } from "../platforms.js";
import { ago, exact } from "../times.js";

export const ICONS = {
  replies: "M4 5h16v11H9l-5 4z",
  reposts: "M5 9l3-4 3 4M8 5v10h6M19 15l-3 4-3-4M16 19V9h-6",
  likes: "M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.3 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
  impressions: "M4 20V12M10 20V5M16 20v-9M21 20H3",
  clicks: "M9 9l11 4-5 2-2 5zM5 5l2 2M4 10h3M10 4v3",
  views: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  comment: "M20.5 12a8.5 8.5 0 1 0-4 7.2l4 .8-.9-3.6a8.4 8.4 0 0 0 .9-4.4z",
  send: "M21 3 10.5 13.5M21 3l-6.5 18-4-7.5L3 9.5z",
  share: "M14 5l7 6.5-7 6.5v-4C8 14 5 16 3 19c.5-5 3.5-9.5 11-10z",
  thumb: "M7 11v9H3.5v-9zM7 11l4-8c1.8 0 2.7 1.2 2.4 2.8L12.8 9.5h5.7c1.5 0 2.4 1.3 2 2.6l-1.8 6.2c-.3 1-1.1 1.7-2.2 1.7H7",
  bookmark: "M6 3.5h12V21l-6-4.5L6 21z",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5 5 13 0 18-5-5-5-13 0-18z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  note: "M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM9 18V5l11-2v12.5M20 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
};
const PIECES = /(https?:\/\/[^\s]+|#[\p{L}\p{N}_]+|@[A-Za-z0-9_.]*[A-Za-z0-9_]{2,})/u;
const LONG = 330; // characters; above it the platforms fold a text, and so do we
const FULL = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact" });

// The page may be open as localhost: an address of the sandbox is read from where the page came from.
export const here = (url) => {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
};

export function article(post, ...inside) {
  return el("article", { class: `post ${post.platform} ${post.deleted ? "deleted" : ""}`, data: { post: post.id }, "aria-label": `${NAMES[post.platform]}, ${post.account_name}` }, inside);
}

export const moment = (post) => el("time", { data: { at: post.created_at }, title: exact(post.created_at) }, ago(post.created_at));

export const badge = (words, sign, kind = "") => el("span", { class: `post-badge ${kind}` }, sign ? icon(ICONS[sign]) : null, words);

// A text with its links, hashtags and mentions; a long one is folded until somebody wants it all.
export function text(words, ...before) {
  const parts = words.split(PIECES).map((part) => {
    if (/^https?:/.test(part)) return link(part, part.replace(/^https?:\/\//, ""));
    return PIECES.test(part) ? el("span", { class: "soft-link" }, part) : part;
  });
  const folded = words.length > LONG;
  const shown = el("p", { class: `post-text lines ${folded ? "folded" : ""}` }, before, parts);
  if (!folded) return words || before.length ? shown : null;
  const more = el("button", { type: "button", class: "unfold", onclick: () => (shown.classList.remove("folded"), more.remove()) }, "more");
  return [shown, more];
}

export function film({ url, alt, poster }) {
  return el("video", { class: "film", src: here(url), poster: poster ? here(poster) : null, controls: true, preload: "metadata", playsinline: true, "aria-label": alt || "Film", title: alt || null });
}

const picture = ({ url, alt }) => el("img", { src: here(url), alt: alt ?? "", title: alt || null, loading: "lazy" });

// A picture, a film, or the file that it is (a document, or something that nobody can show).
export function medium(one) {
  const kind = one.type ?? "image/";
  if (kind.startsWith("video/")) return film(one);
  if (kind.startsWith("image/")) return picture(one);
  return el("div", { class: "post-file" }, el("b", {}, kind === "application/pdf" ? "PDF" : "FILE"), link(new URL(here(one.url), location.href).href, one.alt || "Open the file"));
}

// All that belongs to a post, in tiles.
export function gallery(post) {
  const tiles = post.media.map(medium);
  return tiles.length ? el("div", { class: "post-pictures", data: { count: String(Math.min(tiles.length, 4)) } }, tiles) : null;
}

// One after the other, to be leafed through.
export function carousel(media) {
  if (media.length < 2) return media.length ? el("div", { class: "carousel" }, medium(media[0])) : null;
  const slides = media.map((one) => el("div", { class: "slide" }, medium(one)));
  const track = el("div", { class: "track", tabindex: "0", role: "group", "aria-label": `${media.length} pictures` }, slides);
  const place = el("span", { class: "place" }, `1/${media.length}`);
  const dots = media.map((_, number) => el("i", { class: number ? "" : "here" }));
  const now = () => Math.round(track.scrollLeft / Math.max(1, track.clientWidth));
  const leaf = (step) => track.scrollTo({ left: (now() + step) * track.clientWidth, behavior: "smooth" });
  track.addEventListener("scroll", () => {
    place.textContent = `${now() + 1}/${media.length}`;
    dots.forEach((dot, number) => dot.classList.toggle("here", number === now()));
  });
  const turn = (step, sign, label) => el("button", { type: "button", class: `turn ${step < 0 ? "back" : "on"}`, "aria-label": label, onclick: () => leaf(step) }, sign);
  return el("div", { class: "carousel many" }, track, place, turn(-1, "‹", "The one before"), turn(1, "›", "The next one"), el("div", { class: "dots" }, dots));
}

// One number of a post. `word` is what the platform calls it; with a `sign` the word is only read on hovering.
export function figure(post, name, word, sign = "") {
  const node = el("span", { class: `figure ${sign ? "" : "worded"}`, data: { figure: name, word } }, sign ? icon(ICONS[sign] ?? sign) : null, el("b", { class: "value" }), sign ? null : el("span", { class: "figure-word" }));
  fill(node, post);
  return node;
}

function fill(node, post) {
  const { figure: name, word } = node.dataset;
  const value = post.metrics[name] ?? null;
  node.querySelector(".value").textContent = value === null ? "–" : (value > 9999 ? SHORT : FULL).format(value);
  const named = value === 1 ? word.replace(/ies$/, "y").replace(/s$/, "") : word;
  node.querySelector(".figure-word")?.replaceChildren(` ${named}`);
  node.title = value === null ? `${word}: the platform does not tell` : `${FULL.format(value)} ${named}`;
}

// Figures and times change while nothing else does: they are written in place, so that a film goes on playing.
export function freshen(node, post) {
  for (const one of node.querySelectorAll("[data-figure]")) fill(one, post);
  for (const one of node.querySelectorAll("time")) one.textContent = ago(Number(one.dataset.at));
}

// What the author wrote under their own post.
export function said(post) {
  if (!post.comments?.length) return null;
  return el("div", { class: "comments" }, post.comments.map((words) => el("div", { class: "said" }, avatar(post.account_name, "tiny"), el("p", { class: "lines" }, words))));
}

export function below(post, closed = "") {
  if (post.deleted) return el("p", { class: "deleted-note" }, "Deleted. Nobody sees it any more.");
  return el("p", { class: "permalink" }, closed || link(location.origin + here(post.url), "Open the post ↗"));
}
