// Block Kit as elements: one function for each type of block that the product sends, visible JSON for every other.

import { el } from "./dom.js";
import { interactive } from "./elements.js";
import { plain, text } from "./mrkdwn.js";
import { richText } from "./rich-text.js";
import { unknown } from "./unknown.js";

const DRAW = {
  header: (block) => el("h3", { class: "block-header" }, plain(block.text)),
  divider: () => el("hr"),
  section,
  context: (block) => el("div", { class: "block-context" }, block.elements.map((one) => (one.type === "image" ? picture(one, "context-image") : el("span", {}, text(one))))),
  actions: (block, use) => el("div", { class: "block-actions" }, block.elements.map((one) => interactive(one, block, use))),
  image: (block) => el("figure", { class: "block-image" }, block.title ? el("figcaption", {}, plain(block.title)) : null, picture(block)),
  rich_text: richText,
};

// `use` carries out what a person does with an element; `input` draws input blocks (only forms have them).
export function blocks(given, use, input = null) {
  return given.map((block) => {
    const draw = block.type === "input" && input ? input : (DRAW[block.type] ?? unknown);
    const node = draw(block, use);
    node.dataset.block = block.block_id ?? "";
    return node;
  });
}

function section(block, use) {
  const fields = (block.fields ?? []).map((one) => el("div", {}, text(one)));
  const body = el("div", { class: "section-body" }, block.text ? el("div", {}, text(block.text)) : null, fields.length ? el("div", { class: "fields" }, fields) : null);
  const beside = block.accessory?.type === "image" ? picture(block.accessory, "accessory-image") : block.accessory && interactive(block.accessory, block, use);
  return el("div", { class: "block-section" }, body, beside ? el("div", { class: "accessory" }, beside) : null);
}

function picture(block, look = "") {
  const file = block.slack_file?.id ?? block.slack_file?.url?.split("/").pop();
  const source = file ? `/_sandbox/slack/files/${encodeURIComponent(file)}` : block.image_url;
  return el("img", { class: look, src: source, alt: block.alt_text, title: block.alt_text, loading: "lazy" });
}
