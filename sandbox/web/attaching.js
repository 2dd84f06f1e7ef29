// Files beside a message: chosen with the clip, shown until they are sent, as photos or as files that keep every pixel.

import { el } from "./dom.js";

export const weight = (bytes) => (bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

// {button, tray, count, files, clear}: `files()` resolves to what POST /_sandbox/telegram/send takes.
export function attaching(name, changed) {
  let chosen = [];
  const box = el("input", { type: "file", multiple: true, class: "unseen", id: `${name}-files`, onchange: () => take([...box.files]) });
  const button = el("label", { class: "clip", title: "Attach files" }, box, el("span", { "aria-hidden": "true" }, "📎"), el("span", { class: "unseen" }, "Attach files"));
  const whole = el("input", { type: "checkbox", id: `${name}-whole` });
  const list = el("ul", { class: "tray-files" });
  const tray = el("div", { class: "tray", hidden: true }, list, el("label", {}, whole, " Send as files: photos are made smaller"));

  const draw = () => {
    tray.hidden = !chosen.length;
    list.replaceChildren(...chosen.map((file) => el("li", {}, el("span", {}, file.name), el("small", {}, weight(file.size)), el("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => drop(file) }, "✕"))));
  };
  const drop = (file) => ((chosen = chosen.filter((one) => one !== file)), draw());
  const take = (picked) => ((chosen = [...chosen, ...picked]), (box.value = ""), draw(), changed());
  return {
    button,
    tray,
    count: () => chosen.length,
    clear: () => ((chosen = []), (whole.checked = false), draw()),
    files: () => {
      const kinds = chosen.map((file) => (whole.checked ? "document" : kindOf(file)));
      const mixed = chosen.length > 1 && kinds.some((kind) => kind !== "photo" && kind !== "video");
      return Promise.all(chosen.map(async (file, place) => ({ as: mixed ? "document" : kinds[place], name: file.name, mime: file.type, content: await base64(file) })));
    },
  };
}

// As Telegram's clients choose: what does not go into an album of photos and films goes as documents.
function kindOf(file) {
  if (file.type === "image/gif") return "animation";
  if (/^image\/(png|jpeg|webp|bmp)$/.test(file.type)) return "photo";
  return /^video\/(mp4|quicktime)$/.test(file.type) ? "video" : "document";
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
