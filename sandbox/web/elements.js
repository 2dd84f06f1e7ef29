// The parts of a message that can be used: buttons, overflow menus, selects. `use(element, block, value)` carries it out.

import { ask, el, link, menu } from "./dom.js";
import { ACTING, FIELDS } from "./inputs.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { unknown } from "./unknown.js";

export function interactive(element, block, use) {
  if (element.type === "button") return button(element, block, use);
  if (element.type === "overflow") return overflow(element, block, use);
  if (element.type === "workflow_button") return el("button", { type: "button", class: "slack-button", disabled: true }, plain(element.text));
  return FIELDS[element.type] ? field(element, block, use) : unknown(element);
}

function button(element, block, use) {
  const marks = { class: `slack-button ${element.style ?? ""}`, data: { action: element.action_id, focus: `${element.action_id}:${element.value ?? ""}` } };
  marks["aria-label"] = element.accessibility_label;
  const node = element.url
    ? link(element.url, plain(element.text), marks)
    : el("button", { type: "button", ...marks }, plain(element.text));
  node.addEventListener("click", () => carefully(element, node, () => use(element, block, element.value)));
  return node;
}

function overflow(element, block, use) {
  const node = el("button", { type: "button", class: "slack-button overflow", "aria-label": "More actions", "aria-haspopup": "menu", data: { action: element.action_id, focus: `${element.action_id}:` } }, "⋯");
  const choice = (option) => ({
    label: plain(option.text),
    danger: Boolean(element.confirm),
    run: () => {
      if (option.url) window.open(option.url, "_blank", "noopener");
      carefully(element, node, () => use(element, block, option.value));
    },
  });
  node.addEventListener("click", () => menu(node, element.options.map(choice)));
  return node;
}

function field(element, block, use) {
  const made = FIELDS[element.type](element, undefined, () => {
    if (ACTING.has(element.type)) carefully(element, made.node, () => use(element, block, made.read()));
  });
  made.node.dataset.action = element.action_id;
  if (element.type === "plain_text_input") made.focus.addEventListener("keydown", (event) => event.key === "Enter" && !element.multiline && use(element, block, made.read()));
  return made.node;
}

// Slack's "are you sure" first, then the press; meanwhile the button cannot be pressed again.
async function carefully(element, node, press) {
  if (element.confirm && !(await confirmed(element.confirm))) return;
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  try {
    await press();
  } finally {
    node.classList.remove("busy");
    node.removeAttribute("aria-busy");
  }
}

function confirmed(confirm) {
  const text = confirm.text.type === "mrkdwn" ? el("span", {}, mrkdwn(confirm.text.text)) : plain(confirm.text);
  const danger = confirm.style === "danger";
  return ask({ title: plain(confirm.title), text, yes: plain(confirm.confirm), no: plain(confirm.deny), danger, look: "slack-look" });
}
