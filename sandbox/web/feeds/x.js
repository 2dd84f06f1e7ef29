// A post as X shows it.

import { el } from "../dom.js";
import { avatar } from "../people.js";
import { mark } from "../platforms.js";
import { article, below, figure, gallery, moment, text } from "./parts.js";

const FIGURES = [["replies", "replies", "replies"], ["reposts", "reposts", "reposts"], ["likes", "likes", "likes"], ["impressions", "views", "impressions"], ["clicks", "link clicks", "clicks"]];

export function x(post) {
  const head = el("div", { class: "post-head" }, el("b", {}, post.account_name), el("span", { class: "soft" }, `@${post.account}`), el("span", { class: "soft time" }, "· ", moment(post)), mark("x"));
  const figures = el("div", { class: "figures" }, FIGURES.map((one) => figure(post, ...one)));
  return article(post, avatar(post.account_name), el("div", { class: "post-main" }, head, post.answers ? el("p", { class: "soft" }, `Replying to @${post.account}`) : null, text(post.text), gallery(post), figures, below(post)));
}
