// A post of a Page as Facebook shows it.

import { el, icon, link } from "../dom.js";
import { avatar } from "../people.js";
import { mark } from "../platforms.js";
import { ICONS, article, below, figure, gallery, moment, said, text } from "./parts.js";

const ACTIONS = [["thumb", "Like"], ["comment", "Comment"], ["share", "Share"]];

export function facebook(post) {
  const who = el("div", { class: "post-who" }, el("b", {}, post.account_name), el("small", {}, moment(post), " · ", icon(ICONS.globe, "Public")));
  const head = el("div", { class: "post-head" }, avatar(post.account_name), who, mark("facebook"));
  const reactions = el("div", { class: "reactions" }, el("span", { class: "faces", "aria-hidden": "true" }, el("i", {}, icon(ICONS.thumb)), el("i", {}, icon(ICONS.likes))), figure(post, "likes", "reactions"),
    el("span", { class: "right" }, figure(post, "replies", "comments"), figure(post, "reposts", "shares")));
  const actions = el("div", { class: "actions", "aria-hidden": "true" }, ACTIONS.map(([sign, word]) => el("span", {}, icon(ICONS[sign]), word)));
  const insights = el("p", { class: "insights" }, figure(post, "impressions", "views"), figure(post, "clicks", "link clicks"), below(post));
  return article(post, head, text(post.text), gallery(post) ?? preview(post), reactions, actions, said(post), insights);
}

// A link without a picture of ours is shown as a card with its place.
function preview({ text: words }) {
  const address = /(https?:\/\/\S+)$/.exec(words)?.[1];
  if (!address || !URL.canParse(address)) return null;
  const { hostname, pathname } = new URL(address);
  return el("div", { class: "link-card" }, el("small", {}, hostname), link(address, pathname.length > 1 ? pathname.slice(1) : hostname));
}
