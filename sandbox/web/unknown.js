// What the page cannot draw is shown as it is, so that nothing is hidden from anybody.

import { el } from "./dom.js";

export function unknown(thing) {
  return el("pre", { class: "unknown", title: "The sandbox's page has no picture of this" }, JSON.stringify(thing, null, 2));
}
