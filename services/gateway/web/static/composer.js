// The question box: drafts, the model, incognito, sending and stopping.

import { act, ask, stop } from "./asking.js";
import { call } from "./api.js";
import { t } from "./texts.js";
import { setIncognito } from "./thread.js";
import { onView, view } from "./view.js";

const MODEL = "membus:model";
const MOST_ROWS = 10;

const part = (id) => document.getElementById(id);
const form = part("composer");
const prompt = part("prompt");
const models = part("model");
const incognito = part("incognito");

let shown = null;
let offered = { items: [], default: "" };

/** Begins. */
export function start() {
  form.noValidate = true;
  prompt.enterKeyHint = "send";
  prompt.dir = "auto";
  form.addEventListener("submit", submit);
  prompt.addEventListener("keydown", enter);
  prompt.addEventListener("input", () => {
    keep();
    grow();
  });
  part("stop").addEventListener("click", stop);
  incognito.addEventListener("click", () => {
    setIncognito(!view().incognito);
    prompt.focus();
  });
  models.addEventListener("change", () => store(MODEL, models.value));
  addEventListener("resize", grow);
  addEventListener("online", () => offered.items.length || readModels());
  act.model = chosen;
  onView(see);
  see(view());
  if (!prompt.value) recall();
  readModels();
}

function see({ id, busy, incognito: secret }) {
  const { activeElement: focused } = document;
  part("send").hidden = busy;
  part("stop").hidden = !busy;
  if (focused === part("send") || focused === part("stop")) prompt.focus({ preventScroll: true });
  incognito.setAttribute("aria-pressed", String(secret));
  if (id === shown) return;
  const named = shown === null && busy;
  shown = id;
  // A new conversation has got its name while the next question was being typed.
  if (named) {
    store(draft(null), "");
    keep();
  } else {
    recall();
  }
}

const draft = (id) => `membus:draft:${id ?? "new"}`;

function keep() {
  if (!view().incognito) store(draft(shown), prompt.value);
}

function recall() {
  prompt.value = view().incognito ? "" : (stored(draft(shown)) ?? "");
  grow();
}

/** Keeps a text in this browser, where it lets the page. */
function store(name, text) {
  try {
    if (text) localStorage.setItem(name, text);
    else localStorage.removeItem(name);
  } catch {
    // Full or forbidden: then it lasts as long as the page.
  }
}

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function grow() {
  prompt.rows = 1;
  const style = getComputedStyle(prompt);
  const inner = prompt.scrollHeight - 2 * Number.parseFloat(style.paddingTop);
  const rows = Math.round(inner / Number.parseFloat(style.lineHeight));
  prompt.rows = Math.min(MOST_ROWS, Math.max(1, rows));
}

function submit(submitted) {
  submitted.preventDefault();
  const question = prompt.value.trim();
  if (!question || view().busy) return;
  prompt.value = "";
  keep();
  grow();
  ask({ prompt: question });
}

function enter(key) {
  if (key.key !== "Enter" || key.shiftKey || key.isComposing) return;
  key.preventDefault();
  form.requestSubmit();
}

/** The model to ask for; nothing where the default one is wanted. */
const chosen = () => (models.value === offered.default ? "" : models.value);

async function readModels() {
  try {
    offered = await call("GET", "/models");
  } catch {
    // The empty page says so; without a list the default model is asked.
    return;
  }
  const wanted = stored(MODEL);
  const names = offered.items.filter(talks).map(option);
  models.replaceChildren(...names);
  models.value = names.some(({ value }) => value === wanted) ? wanted : offered.default;
  if (models.selectedIndex < 0) models.selectedIndex = 0;
}

const talks = ({ capabilities = [] }) => !capabilities.length || capabilities.includes("completion");

function option({ name, demonstration }) {
  const made = document.createElement("option");
  made.value = name;
  made.textContent = demonstration ? `${name} · ${t("demonstration")}` : name;
  return made;
}
