// The control API of the sandbox, and its live stream. A refusal is shown in its own words.

import { Away, toast } from "./dom.js";

export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const asked = new URLSearchParams(given).toString();
  const answer = await fetch(asked ? `${path}?${asked}` : path, { headers: { Accept: "application/json" } }).catch(() => {
    throw new Away(`${path}: nobody answers`);
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

// The answer's body, or null after the refusal was shown.
export async function post(path, wish, method = "POST") {
  try {
    const body = method === "POST" ? JSON.stringify(wish) : undefined;
    const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body });
    const told = await answer.json();
    if (answer.ok) return told;
    toast(told.message ?? `${path} answered ${answer.status}`, "bad");
  } catch {
    toast("The sandbox does not answer. Is it still running?", "bad");
  }
  return null;
}

// Calls `news(one)` for each event and `whole()` whenever everything must be read anew: at first, and after a gap.
export function follow({ news, whole, standing }) {
  let last = null;
  const source = new EventSource("/_sandbox/stream");
  // A browser keeps pages that were left, and their streams; a handful of those would use up its connections to us.
  addEventListener("pagehide", () => source.close(), { once: true });
  source.addEventListener("open", () => {
    standing(true);
    last = null;
    whole();
  });
  source.addEventListener("error", () => {
    standing(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow({ news, whole, standing }), 2000);
  });
  source.addEventListener("message", (event) => {
    const one = JSON.parse(event.data);
    const number = one.type === "traffic" ? one.exchange.number : null;
    const gap = number !== null && last !== null && number !== last + 1;
    if (number !== null) last = number;
    if (gap) whole();
    news(one);
  });
}
