// A video or a Short as YouTube shows it; one that is not public yet says so.

import { el } from "../dom.js";
import { avatar } from "../people.js";
import { mark } from "../platforms.js";
import { clock, day } from "../times.js";
import { article, badge, below, figure, medium, moment as written, said, text } from "./parts.js";

const SIGNS = [["likes", "likes", "thumb"], ["replies", "comments", "comment"], ["reposts", "shares", "share"]];

export function youtube(post) {
  const screen = post.media.map(medium);
  const signs = SIGNS.map((one) => figure(post, ...one));
  const stage = post.short
    ? el("div", { class: "stage" }, el("div", { class: "upright" }, screen), el("div", { class: "rail" }, signs))
    : el("div", { class: "screen" }, screen);
  const who = el("div", { class: "post-head" }, avatar(post.account_name), el("div", { class: "post-who" }, el("b", {}, post.account_name), el("small", {}, post.account)), post.short ? null : el("span", { class: "pill" }, signs.slice(0, 2)));
  const hidden = post.visibility === "private";
  const facts = el("p", { class: "facts" }, hidden ? "Uploaded" : figure(post, "impressions", "views"), written(post));
  const about = el("div", { class: "about" }, facts, text(post.text));
  return article(post, screen.length ? stage : null, el("div", { class: "post-title" }, el("h3", {}, post.title), mark("youtube")), badges(post), who, about, said(post), below(post, hidden ? "Nobody else can open it yet." : ""));
}

function badges(post) {
  const when = post.publish_at ? at(post.publish_at) : "";
  const shown = [
    post.short ? badge("Short") : null,
    when ? badge(`Public ${when}`, "clock") : null,
    post.visibility === "public" ? null : badge(post.visibility === "private" ? "Private" : "Unlisted", "lock"),
    ["processed", "deleted"].includes(post.state) ? null : badge(post.state, "", /failed|rejected/.test(post.state) ? "bad" : ""),
  ].filter(Boolean);
  return shown.length ? el("div", { class: "badges" }, shown) : null;
}

function at(moment) {
  const seconds = Date.parse(moment) / 1000;
  return `${day(seconds)}, ${clock(seconds)}`;
}
