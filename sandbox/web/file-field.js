// Slack's field for files: each chosen file is uploaded at once, and shown until it is taken away again.

import { el } from "./dom.js";
import { acting } from "./people.js";

const LARGEST = 10 * 1024 * 1024; // what Slack takes in a form
const known = new Map(); // id → what Slack told about the file; a redrawn modal shows them again

const ending = (name) => (name.includes(".") ? name.split(".").at(-1).toLowerCase() : "");
const weight = (bytes) => (bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

// (element, draft, changed) → {node, read, focus}; the value is the list of ids, in the order chosen.
export function files(element, draft, changed) {
  const most = element.max_files ?? 10;
  const chosen = [...(draft ?? [])];
  const list = el("ul", { class: "chosen-files" });
  const trouble = el("div", { class: "file-trouble", role: "alert" });
  const accept = element.filetypes?.map((one) => `.${one}`).join(",");
  const box = el("input", { type: "file", class: "file-box", multiple: most > 1, accept, onchange: () => take([...box.files]) });
  const place = el("label", { class: "file-place" }, box, el("span", { class: "slack-button" }, most > 1 ? "Add files" : "Add a file"), el("small", {}, "or drop them here"));

  const draw = () => {
    list.replaceChildren(...chosen.map((id) => row(known.get(id), () => {
      chosen.splice(chosen.indexOf(id), 1);
      draw();
      changed();
    })));
    place.hidden = chosen.length >= most;
  };
  const take = async (picked) => {
    trouble.textContent = "";
    for (const file of picked) {
      const why = chosen.length >= most ? `You can only add up to ${most} ${most === 1 ? "file" : "files"}.` : unfit(element, file);
      const told = why ? { why } : await upload(file);
      if (told.why) trouble.textContent = told.why;
      else chosen.push(told.id);
    }
    box.value = "";
    draw();
    changed();
  };
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => (event.preventDefault(), take([...event.dataTransfer.files])));
  draw();
  return { node: el("div", { class: "file-field" }, list, place, trouble), read: () => [...chosen], focus: box };
}

function unfit(element, file) {
  if (element.filetypes && !element.filetypes.includes(ending(file.name))) return `${file.name} is not one of the file types that are taken here.`;
  return file.size > LARGEST ? `${file.name} is larger than the 10 MB that Slack takes in a form.` : "";
}

async function upload(file) {
  const asked = new URLSearchParams({ user: acting.person.slack_id, name: file.name });
  const answer = await fetch(`/_sandbox/slack/upload?${asked}`, { method: "POST", body: file }).catch(() => null);
  const told = await answer?.json();
  if (!told?.ok) return { why: told?.message ?? `${file.name} could not be uploaded.` };
  known.set(told.file.id, told.file);
  return { id: told.file.id };
}

function row(file, away) {
  const address = `/_sandbox/slack/files/${encodeURIComponent(file.id)}`;
  const face = file.mimetype.startsWith("image/") ? el("img", { src: address, alt: "" }) : el("span", { class: "file-face", "aria-hidden": "true" }, file.pretty_type);
  const words = el("span", { class: "file-words" }, el("b", {}, file.name), el("small", {}, weight(file.size)));
  return el("li", { data: { file: file.id } }, face, words, el("button", { type: "button", class: "linkish", "aria-label": `Remove ${file.name}`, onclick: away }, "✕"));
}
