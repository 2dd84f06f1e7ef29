// Who is played, how everybody looks, and who is acting now.

import { byId, el } from "./dom.js";

const COLOURS = ["#7c4dff", "#00838f", "#c2410c", "#4d7c0f", "#be185d"];
const listeners = [];
const roster = { people: [], slack: {}, telegram: {} };
export const acting = { person: null };

export const whole = () => roster;
export const people = () => roster.people;
export const bySlack = (id) => roster.people.find((person) => person.slack_id === id);
export const byTelegram = (id) => roster.people.find((person) => person.telegram_id === Number(id));
export const initials = (name) => name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();

// Calls `heard` now and whenever somebody else acts.
export function whenActing(heard) {
  listeners.push(heard);
}

export function colourOf(name) {
  const place = roster.people.findIndex((person) => person.name === name);
  return COLOURS[(place < 0 ? name.length : place) % COLOURS.length];
}

export function avatar(name, extra = "") {
  const node = el("span", { class: `avatar ${extra}`, "aria-hidden": "true" }, initials(name));
  node.style.setProperty("--face", colourOf(name));
  return node;
}

export const botFace = (extra = "") => el("img", { class: `avatar ${extra}`, src: "/mark.svg", alt: "" });

export function meet(told) {
  Object.assign(roster, told);
  const wanted = sessionStorage.getItem("acting");
  const first = roster.people.find((person) => person.slack_id === wanted) ?? roster.people[0];
  byId("act-as").replaceChildren(el("span", { class: "act-as-label" }, "Act as"), ...roster.people.map(face));
  become(first);
}

export function become(person) {
  acting.person = person;
  sessionStorage.setItem("acting", person.slack_id);
  for (const button of byId("act-as").querySelectorAll("button")) {
    const chosen = button.dataset.person === person.slack_id;
    button.setAttribute("aria-checked", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
  }
  for (const heard of listeners) heard(person);
}

function face(person) {
  const button = el("button", { type: "button", role: "radio", title: `${person.name}, ${person.part}`, data: { person: person.slack_id }, onclick: () => become(person), onkeydown: moveBy },
    avatar(person.name), el("span", { class: "face-name" }, person.name.split(" ")[0], el("small", {}, person.part)));
  return button;
}

function moveBy(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = roster.people;
  const next = all[(all.indexOf(acting.person) + step + all.length) % all.length];
  become(next);
  byId("act-as").querySelector(`[data-person="${next.slack_id}"]`).focus();
}
