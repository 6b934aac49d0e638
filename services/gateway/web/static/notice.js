// Quiet cards at the foot of the page: what has happened, and what can be done about it.

import { t } from "./texts.js";

const place = document.getElementById("notices");
const open = new Map();

/** Makes an icon of those that the page brings. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Shows a card with buttons `{label, act, kind}`; `kind` "main" stands out. One of the same `id`
 * takes the place of the one before. Without `ms` it stays until it is answered. `gone` is called
 * when it goes without any of its buttons. Returns what closes it.
 */
export function notice(text, actions = [], { ms = actions.length ? 0 : 6000, id, gone } = {}) {
  const card = document.createElement("div");
  const words = document.createElement("p");
  const back = document.activeElement;
  card.className = "notice";
  words.textContent = text;
  words.dir = "auto";
  card.append(words);

  const timer = new Timer(ms, () => close());
  const close = (answered = false) => {
    if (!card.isConnected) return;
    timer.stop();
    const focused = card.contains(document.activeElement);
    card.remove();
    if (open.get(id) === close) open.delete(id);
    if (focused && back?.isConnected) back.focus({ preventScroll: true });
    if (answered !== true) gone?.();
  };

  const acts = document.createElement("div");
  acts.className = "acts";
  acts.append(...actions.map((each) => button(each, close)));
  card.append(acts, dismiss(close));
  card.addEventListener("keydown", (key) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    close();
  });
  // Who is reading it, or about to press, is given the time.
  for (const name of ["pointerenter", "focusin"]) card.addEventListener(name, () => timer.stop());
  for (const name of ["pointerleave", "focusout"]) card.addEventListener(name, () => timer.start());

  if (id) {
    open.get(id)?.(false);
    open.set(id, close);
  }
  place.append(card);
  timer.start();
  return () => close(true);
}

/** Closes the cards whose id begins like this, as if they had been answered. */
export function closeNotices(beginning) {
  for (const [id, close] of [...open]) if (id?.startsWith(beginning)) close(true);
}

class Timer {
  constructor(ms, act) {
    Object.assign(this, { ms, act, running: 0 });
  }

  start() {
    this.stop();
    if (this.ms) this.running = setTimeout(this.act, this.ms);
  }

  stop() {
    clearTimeout(this.running);
  }
}

function button({ label, act, kind = "" }, close) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `small ${kind}`.trim();
  made.textContent = label;
  made.addEventListener("click", () => {
    close(true);
    act?.();
  });
  return made;
}

function dismiss(close) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "iconic";
  made.setAttribute("aria-label", t("close"));
  made.append(icon("close"));
  made.addEventListener("click", () => close());
  return made;
}
