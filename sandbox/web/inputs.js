// The fields of forms: each is drawn with its initial value (or what was typed before), and can be read as state.values wants it.

import { el } from "./dom.js";
import { files } from "./file-field.js";
import { people } from "./people.js";
import { knownChannels } from "./places.js";

const label = (text) => text?.text ?? "";
const optionsOf = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
const valuesOf = (options) => (options ?? []).map((option) => option.value);

// Slack's kinds of fields, each a function (element, draft, changed) → {node, read, focus?}.
export const FIELDS = {
  plain_text_input: typed(""),
  url_text_input: typed("url"),
  email_text_input: typed("email"),
  number_input: typed("number"),
  static_select: selected((element) => choices(element), (element) => element.initial_option?.value),
  users_select: selected(() => people().map((one) => [one.slack_id, one.name]), (element) => element.initial_user),
  conversations_select: selected(() => knownChannels(), (element) => element.initial_conversation),
  channels_select: selected(() => knownChannels(), (element) => element.initial_channel),
  multi_static_select: ticked("checkbox"),
  checkboxes: ticked("checkbox"),
  radio_buttons: ticked("radio"),
  datepicker: moment("date", (element) => element.initial_date),
  timepicker: moment("time", (element) => element.initial_time),
  datetimepicker: instant,
  file_input: files,
};

// Kinds that tell the app at once when they change.
export const ACTING = new Set(Object.keys(FIELDS).filter((kind) => !kind.endsWith("_input")));

function typed(kind) {
  return (element, draft, changed) => {
    const many = element.multiline;
    const value = draft ?? element.initial_value ?? "";
    const limits = { maxlength: element.max_length, minlength: element.min_length, min: element.min_value, max: element.max_value };
    const common = { placeholder: label(element.placeholder), ...limits, value: String(value), oninput: () => (count(), changed()) };
    const box = many ? el("textarea", { rows: "6", ...common }) : el("input", { type: kind || "text", ...common, step: element.is_decimal_allowed ? "any" : undefined });
    const left = element.max_length ? el("small", { class: "count", "aria-hidden": "true" }) : null;
    const count = () => left && (left.textContent = box.value.length > element.max_length * 0.7 ? `${box.value.length} / ${element.max_length}` : "");
    count();
    return { node: el("div", { class: "typed" }, box, left), read: () => box.value || null, focus: box };
  };
}

function choices(element) {
  return optionsOf(element).map((option) => [option.value, label(option.text)]);
}

function selected(offer, initial) {
  return (element, draft, changed) => {
    const box = el("select", { onchange: changed });
    box.append(el("option", { value: "" }, label(element.placeholder) || "Choose an option"));
    const option = ([value, text]) => el("option", { value }, text);
    for (const group of element.option_groups ?? []) {
      box.append(el("optgroup", { label: label(group.label) }, group.options.map((one) => option([one.value, label(one.text)]))));
    }
    if (!element.option_groups) box.append(...offer(element).map(option));
    box.value = (draft === undefined ? initial(element) : draft) ?? "";
    return { node: box, read: () => box.value || null, focus: box };
  };
}

function ticked(kind) {
  return (element, draft, changed) => {
    const name = `ticked-${Math.random().toString(36).slice(2)}`;
    const start = draft ?? (kind === "radio" ? [element.initial_option?.value] : valuesOf(element.initial_options));
    const chosen = new Set([start].flat());
    const boxes = optionsOf(element).map((option) => {
      const box = el("input", { type: kind, name, value: option.value, checked: chosen.has(option.value), onchange: changed });
      const words = el("span", {}, label(option.text), option.description ? el("small", {}, label(option.description)) : null);
      return { box, node: el("label", { class: "tick" }, box, words) };
    });
    const read = () => {
      const values = boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
      return kind === "radio" ? (values[0] ?? null) : values;
    };
    return { node: el("div", { class: "ticks" }, boxes.map(({ node }) => node)), read, focus: boxes[0]?.box };
  };
}

function moment(kind, initial) {
  return (element, draft, changed) => {
    const box = el("input", { type: kind, value: draft ?? initial(element) ?? "", onchange: changed });
    return { node: box, read: () => box.value || null, focus: box };
  };
}

// Unix seconds outside, the reader's own wall clock inside.
function instant(element, draft, changed) {
  const seconds = draft ?? element.initial_date_time;
  const local = (value) => new Date((value - new Date(value * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16);
  const box = el("input", { type: "datetime-local", value: seconds ? local(seconds) : "", onchange: changed });
  return { node: box, read: () => (box.value ? Math.floor(new Date(box.value).getTime() / 1000) : null), focus: box };
}
