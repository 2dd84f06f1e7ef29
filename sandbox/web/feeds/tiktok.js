// A film or photos as TikTok shows them: upright and dark, the signs in a row at the right.

import { el, icon } from "../dom.js";
import { avatar } from "../people.js";
import { mark } from "../platforms.js";
import { ICONS, article, badge, below, carousel, figure, moment, text } from "./parts.js";

const SIGNS = [["likes", "likes", "likes"], ["replies", "comments", "comment"], ["reposts", "shares", "share"], ["impressions", "views", "views"]];
const SEEN_BY = { SELF_ONLY: "Only me", MUTUAL_FOLLOW_FRIENDS: "Friends", FOLLOWER_OF_CREATOR: "Followers" };

export function tiktok(post) {
  const rail = el("div", { class: "rail" }, avatar(post.account_name), SIGNS.map((one) => figure(post, ...one)));
  const limited = SEEN_BY[post.privacy];
  const head = el("div", { class: "post-head" }, el("b", {}, `@${post.account}`), el("span", { class: "soft" }, "· ", moment(post)), limited ? badge(limited, "lock") : null, mark("tiktok"));
  const sound = el("p", { class: "sound" }, icon(ICONS.note), `original sound · ${post.account_name}`);
  return article(post, head, el("div", { class: "stage" }, el("div", { class: "upright" }, carousel(post.media)), rail), text(post.text), sound, below(post, limited ? "Seen by: " + limited : ""));
}
