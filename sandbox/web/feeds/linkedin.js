// A post as LinkedIn shows it, of a company page or a member.

import { el } from "../dom.js";
import { avatar } from "../people.js";
import { mark } from "../platforms.js";
import { article, below, figure, gallery, moment, said, text } from "./parts.js";

const FIGURES = [["likes", "likes"], ["replies", "comments"], ["reposts", "reposts"], ["impressions", "impressions"], ["clicks", "clicks"]];

export function linkedin(post) {
  const kind = post.account.includes("organization") ? "Company page" : "Member";
  const who = el("div", { class: "post-who" }, el("b", {}, post.account_name), el("small", {}, `${kind} · `, moment(post)));
  const head = el("div", { class: "post-head" }, avatar(post.account_name, kind === "Member" ? "" : "square"), who, mark("linkedin"));
  const figures = el("div", { class: "figures words" }, FIGURES.map((one) => figure(post, ...one)));
  return article(post, head, text(post.text), gallery(post), figures, said(post), below(post));
}
