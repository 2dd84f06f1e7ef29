// A post, a reel or a story as Instagram shows it.

import { el, icon } from "../dom.js";
import { avatar } from "../people.js";
import { mark } from "../platforms.js";
import { ICONS, article, badge, below, carousel, figure, moment, said, text } from "./parts.js";

export function instagram(post) {
  if (post.url.includes("/stories/")) return story(post);
  const reel = post.url.includes("/reel/");
  const caption = text(post.text, el("b", {}, post.account_name), " ");
  const signs = el("div", { class: "signs" }, figure(post, "likes", "likes", "likes"), figure(post, "replies", "comments", "comment"), figure(post, "reposts", "shares", "send"), el("span", { class: "right", "aria-hidden": "true" }, icon(ICONS.bookmark)));
  const foot = el("div", { class: "foot" }, figure(post, "impressions", "views"), moment(post), below(post));
  return article(post, head(post, reel ? badge("Reel") : null), el("div", { class: reel ? "reel" : "frame" }, carousel(post.media)), signs, caption, said(post), foot);
}

function head(post, kind) {
  return el("div", { class: "post-head" }, el("span", { class: "ring" }, avatar(post.account_name)), el("b", {}, post.account_name), kind, mark("instagram"));
}

// A day long, the whole screen, its author written over it.
function story(post) {
  const bar = el("span", { class: "story-bar", "aria-hidden": "true" }, el("i"));
  const over = el("div", { class: "story-over" }, bar, el("div", { class: "post-head" }, avatar(post.account_name), el("b", {}, post.account_name), moment(post)));
  const foot = el("div", { class: "foot" }, figure(post, "impressions", "views"), figure(post, "replies", "replies"), figure(post, "clicks", "link taps"), below(post));
  return article(post, head(post, badge("Story")), el("div", { class: "story" }, carousel(post.media), over), foot);
}
