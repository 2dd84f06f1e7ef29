// Builds the page's elements. Text only ever becomes text nodes: nothing that came from outside is read as HTML.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

const SAFE = /^(https?:|mailto:|tel:|tg:)/i;

// A link that opens elsewhere; an address that is no web address stays plain words.
export function link(url, label, props = {}) {
  const address = String(url ?? "");
  if (!SAFE.test(address)) return el("span", { title: "not a link that can be opened" }, label ?? address);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", title: address, ...props }, label ?? address);
}

// An icon drawn with one path.
export function icon(path, label = "") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  if (label) svg.setAttribute("aria-label", label);
  else svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const drawn = new WeakMap();

// Makes `parent` show `entries` in order. Only those whose print changed are drawn anew, so nothing else moves or blinks.
export function keyed(parent, entries, draw) {
  const before = drawn.get(parent) ?? new Map();
  const after = new Map();
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  for (const entry of entries) {
    const old = before.get(entry.key);
    after.set(entry.key, old && old.print === entry.print ? old : { print: entry.print, node: draw(entry) });
  }
  for (const [key, old] of before) if (after.get(key) !== old) replaceOrDrop(old.node, after.get(key)?.node);
  let next = parent.firstChild;
  for (const { node } of after.values()) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  drawn.set(parent, after);
  if (focused && !parent.contains(document.activeElement)) {
    parent.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

function replaceOrDrop(old, fresh) {
  if (fresh) old.replaceWith(fresh);
  else old.remove();
}

// A scroller that stays at its end while it was there; otherwise a button says that something new came.
export function stickToEnd(scroller, button) {
  let atEnd = true;
  scroller.addEventListener("scroll", () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
    if (atEnd) button.hidden = true;
  });
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    button.hidden = true;
    atEnd = true;
  };
  button.addEventListener("click", toEnd);
  new ResizeObserver(() => atEnd && toEnd()).observe(scroller);
  return {
    toEnd,
    change(draw, isNew) {
      draw();
      if (atEnd) toEnd();
      else if (isNew) button.hidden = false;
    },
  };
}

// Words that fade by themselves. `kind` is "", "bad" or "good".
export function toast(text, kind = "") {
  const node = el("div", { class: `toast ${kind}` }, el("span", {}, text));
  const close = () => node.remove();
  node.append(el("button", { type: "button", "aria-label": "Dismiss", onclick: close }, "✕"));
  byId("toasts").append(node);
  setTimeout(close, kind === "bad" ? 9000 : 5000);
}

// Tells screen readers, and nobody else.
export function announce(text) {
  byId("announcer").textContent = text;
}

// A question in a dialog; resolves to true when the person says yes.
export function ask({ title, text, yes, no, danger = false, look = "" }) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: `question ${look}`, "aria-label": title || "Question" });
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const buttons = el("div", { class: "question-buttons" });
    if (no) buttons.append(el("button", { type: "button", class: "quiet", onclick: () => end(false) }, no));
    const agree = el("button", { type: "button", class: danger ? "danger" : "primary", data: { yes: "" }, onclick: () => end(true) }, yes);
    buttons.append(agree);
    dialog.append(title ? el("h2", {}, title) : "", el("div", { class: "question-text" }, text), buttons);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(false);
    });
    document.body.append(dialog);
    dialog.showModal();
    agree.focus();
  });
}

// A small menu below a button; arrow keys move, Escape closes. `choices` are {label, run, danger}.
export function menu(button, choices) {
  document.querySelector(".menu")?.remove();
  const list = el("div", { class: "menu", role: "menu" });
  const close = () => {
    list.remove();
    document.removeEventListener("pointerdown", outside, true);
    button.setAttribute("aria-expanded", "false");
  };
  const outside = (event) => list.contains(event.target) || close();
  const entries = choices.map(({ label, run, danger }) =>
    el("button", { type: "button", role: "menuitem", class: danger ? "danger" : "", onclick: () => (close(), button.focus(), run()) }, label));
  list.append(...entries);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
    if (event.key === "Escape" || event.key === "Tab") (close(), button.focus());
    if (step || event.key === "Escape") event.preventDefault();
  });
  (button.closest("dialog") ?? document.body).append(list);
  const box = button.getBoundingClientRect();
  list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8))}px`;
  const below = box.bottom + 4 + list.offsetHeight < innerHeight;
  list.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - list.offsetHeight - 4)}px`;
  button.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  entries[0]?.focus();
}

// The sandbox does not answer at all. When it is back, the stream opens again and everything is read anew.
export class Away extends Error {}

// Runs `work` soon and never twice at a time; calls that come meanwhile lead to one more run.
export function coalesced(work, wait = 60) {
  let timer = null;
  let running = false;
  let again = false;
  const run = async () => {
    timer = null;
    if (running) return void (again = true);
    running = true;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Away)) throw error;
    } finally {
      running = false;
      if (again) ((again = false), soon());
    }
  };
  const soon = () => void (timer ??= setTimeout(run, wait));
  return soon;
}
