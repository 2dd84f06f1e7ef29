// Ticks the steps of the introduction as the newcomer takes them.

import { byId } from "./dom.js";

// `step` is watch, decide, live or ask.
export function done(step) {
  byId(`step-${step}`).classList.add("done");
}
