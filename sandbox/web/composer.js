// Where people type: Enter sends, Shift+Enter breaks the line, a slash offers commands.

import { el } from "./dom.js";

// `commands()` gives [[command, what it does], …]; `send(text)` resolves to true when the text is gone. `attached` are files beside it.
export function composer(holder, { name, placeholder, commands, send, attached = null }) {
  const list = el("div", { class: "suggestions", role: "listbox", id: `${name}-suggestions`, hidden: true });
  const box = el("textarea", { rows: "1", id: `${name}-input`, placeholder, "aria-label": placeholder, "aria-controls": list.id, autocomplete: "off", spellcheck: "false" });
  const button = el("button", { type: "button", class: "send", id: `${name}-send`, "aria-label": "Send" }, "➤");
  const banner = el("div", { class: "composer-banner", hidden: true });
  let marked = -1;

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
  };
  const close = () => ((list.hidden = true), (marked = -1));
  const mark = (place) => {
    marked = place;
    [...list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === place)));
    list.children[place]?.scrollIntoView({ block: "nearest" });
  };
  const take = (command) => {
    box.value = command.replace(/\s*[<[|].*$/, "") + (/[<[]/.test(command) ? " " : "");
    close();
    grow();
    box.focus();
  };
  const offer = () => {
    const typed = box.value;
    const fitting = typed.startsWith("/") ? commands().filter(([command]) => command.startsWith(typed) && command !== typed) : [];
    list.replaceChildren(...fitting.map(([command, does]) =>
      el("div", { role: "option", "aria-selected": "false", onpointerdown: (event) => (event.preventDefault(), take(command)) }, el("b", {}, command), el("span", {}, does))));
    list.hidden = !fitting.length;
    marked = -1;
  };
  const go = async () => {
    const text = box.value.trim();
    if (!text && !attached?.count()) return;
    close();
    box.value = "";
    grow();
    if (!(await send(text))) box.value ||= text;
    grow();
  };
  box.addEventListener("input", () => (grow(), offer()));
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    const choices = list.hidden ? 0 : list.children.length;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (choices && step) (event.preventDefault(), mark((marked + step + choices) % choices));
    else if (choices && (event.key === "Tab" || (event.key === "Enter" && marked >= 0))) (event.preventDefault(), take(list.children[Math.max(marked, 0)].querySelector("b").textContent));
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), go());
    else if (event.key === "Escape") (close(), banner.querySelector("button")?.click());
  });
  button.addEventListener("click", go);
  holder.replaceChildren(banner, ...(attached ? [attached.tray] : []), list, el("div", { class: "composer-line" }, attached?.button, box, button));
  return {
    box,
    say: (words) => (box.placeholder = words),
    // A line above the box, such as "Reply to …", with a way out.
    banner(words, drop) {
      banner.hidden = !words;
      if (words) banner.replaceChildren(el("span", {}, words), el("button", { type: "button", "aria-label": "Do not reply", onclick: drop }, "✕"));
      else banner.replaceChildren();
    },
    write: (text) => ((box.value = text), grow(), box.focus()),
  };
}
