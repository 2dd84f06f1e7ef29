// The platforms and their marks, as everything that names them shows them.

import { el, icon } from "./dom.js";

export const NAMES = { x: "X", linkedin: "LinkedIn", facebook: "Facebook", instagram: "Instagram", tiktok: "TikTok", youtube: "YouTube" };

// Meta's two share one address, and Google's is named after Google: what the traffic calls them is what stands in their paths.
export const TWINS = { slack: "Slack", telegram: "Telegram", x: "X", linkedin: "LinkedIn", facebook: "Meta", tiktok: "TikTok", google: "YouTube" };

const SHAPES = {
  x: "M18.24 2.25h3.31l-7.23 8.26 8.5 11.24h-6.66l-5.21-6.82-5.96 6.82H1.68l7.73-8.84L1.25 2.25h6.83l4.71 6.23zm-1.16 17.52h1.83L7.08 4.13H5.12z",
  linkedin: "M20.45 20.45h-3.56v-5.57c0-1.33-.02-3.04-1.85-3.04-1.85 0-2.13 1.45-2.13 2.94v5.67H9.35V9h3.41v1.56h.05c.48-.9 1.64-1.85 3.37-1.85 3.6 0 4.27 2.37 4.27 5.46zM5.34 7.43a2.06 2.06 0 1 1 0-4.13 2.06 2.06 0 0 1 0 4.13zm1.78 13.02H3.56V9h3.56z",
  facebook: "M13.5 22v-8.4h2.8l.5-3.3h-3.3V8.2c0-.9.4-1.8 1.9-1.8h1.5V3.6s-1.3-.2-2.6-.2c-2.7 0-4.4 1.6-4.4 4.5v2.4h-3v3.3h3V22z",
  instagram: "M7.5 3h9A4.5 4.5 0 0 1 21 7.5v9a4.5 4.5 0 0 1-4.5 4.5h-9A4.5 4.5 0 0 1 3 16.5v-9A4.5 4.5 0 0 1 7.5 3zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM17.2 6.8h.01",
  tiktok: "M16.6 2h-3.7v13.6a2.9 2.9 0 1 1-2.9-2.9c.3 0 .6 0 .9.1V9a6.7 6.7 0 1 0 5.7 6.6V8.7A8.3 8.3 0 0 0 21.3 10V6.4A4.8 4.8 0 0 1 16.6 2z",
  youtube: "M8.5 5.6v12.8L19.4 12z",
};

// A small tile in the platform's colours.
export const mark = (platform, props = {}) => el("span", { class: `mark ${platform}`, title: NAMES[platform], ...props }, icon(SHAPES[platform]));
