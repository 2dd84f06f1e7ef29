// Starts the page: who acts, the three columns, the drawer, and the live stream that feeds them all.

import { follow, get } from "./api.js";
import { byId, toast } from "./dom.js";
import * as drawer from "./drawer.js";
import * as feeds from "./feeds.js";
import { meet } from "./people.js";
import * as slack from "./slack.js";
import * as telegram from "./telegram.js";

const PARTS = [slack, telegram, feeds, drawer];

function stands(id, good, words) {
  const chip = byId(id);
  chip.classList.toggle("good", good);
  chip.classList.toggle("bad", !good);
  chip.querySelector("span").textContent = words;
}

async function readStatus() {
  try {
    const { product, telegram_commands: commands } = await get("/_sandbox/web/status");
    stands("status-product", product.reachable, product.reachable ? "Product is up" : "Product is away");
    byId("status-product").title = product.reachable ? `It answers at ${product.url}` : `Nobody answers at ${product.url}`;
    telegram.learnCommands(commands);
  } catch {
    stands("status-product", false, "Product: unknown");
  }
}

async function whole() {
  feeds.refreshFeeds();
  try {
    await Promise.all([slack.reload(), telegram.reload(), drawer.reload()]);
  } catch {
    toast("The sandbox did not answer. The page tries again when it is back.", "bad");
  }
}

function showColumn(name) {
  byId("columns").dataset.column = name;
  for (const tab of document.querySelectorAll(".tabs [role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.column === name));
}

function startFrame() {
  for (const tab of document.querySelectorAll(".tabs [role=tab]")) tab.addEventListener("click", () => showColumn(tab.dataset.column));
  const intro = byId("intro");
  intro.hidden = localStorage.getItem("intro") === "closed";
  byId("intro-close").addEventListener("click", () => {
    intro.hidden = true;
    localStorage.setItem("intro", "closed");
  });
}

async function start() {
  startFrame();
  meet(await get("/_sandbox/people"));
  for (const part of PARTS) part.start();
  readStatus();
  setInterval(() => document.hidden || readStatus(), 5000);
  follow({
    news: (one) => PARTS.forEach((part) => part.hear(one)),
    whole,
    standing: (good) => stands("status-stream", good, good ? "Live" : "Reconnecting …"),
  });
}

addEventListener("pageshow", (event) => event.persisted && location.reload());
start().catch(() => toast("The page could not start: the sandbox does not answer. Reload it when it runs.", "bad"));
