// The only place where HTML goes into the page: what the server has rendered and sanitised.

import { t } from "./texts.js";

const SHOW_MS = 1600;

/** Replaces an answer's blocks from index `from` on; the blocks before it stand. */
export function setBlocks(element, from, blocks) {
  if (element.dataset.plain) wipe(element);
  const had = element.blocks ?? [];
  element.blocks = [...had.slice(0, from), ...blocks];
  // What is the same stays: a selection in it, too.
  const same = blocks.findIndex((html, index) => html !== had[from + index]);
  const kept = same < 0 ? blocks.length : same;
  while (element.childElementCount > from + kept) element.lastElementChild.remove();
  element.append(...blocks.slice(kept).map(block));
}

function block(html) {
  const made = make("div", "block");
  made.dir = "auto";
  made.innerHTML = html;
  for (const caption of made.querySelectorAll("figure.code > figcaption")) addCopy(caption);
  for (const wide of made.querySelectorAll(".table, pre")) wide.tabIndex = 0;
  return made;
}

/** Forgets what an answer shows. */
export function wipe(element) {
  element.replaceChildren();
  element.blocks = [];
  delete element.dataset.plain;
}

/** Adds text as it is, where no rendered block has come yet. */
export function addPlain(element, text) {
  element.dataset.plain = "1";
  element.append(text);
}

/** Makes an element with a class and a text. */
export function make(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Makes a button that does something. */
export function button(label, act, what = "") {
  const made = make("button", "tool", label);
  made.type = "button";
  if (what) made.dataset.do = what;
  made.addEventListener("click", act);
  return made;
}

function addCopy(caption) {
  const code = caption.parentElement.querySelector("code");
  const copy = button(t("copy"), () => copyText(code.textContent, copy));
  copy.setAttribute("aria-label", t("copy_code"));
  caption.append(copy);
}

/** Copies a text, also where the page is not a secure one, and says so on the button. */
export async function copyText(text, pressed) {
  const copied = (await byClipboard(text)) || bySelection(text);
  const label = pressed.dataset.label ?? pressed.textContent;
  pressed.dataset.label = label;
  pressed.textContent = t(copied ? "copied" : "not_copied");
  setTimeout(() => {
    pressed.textContent = label;
  }, SHOW_MS);
}

async function byClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function bySelection(text) {
  const back = document.activeElement;
  const area = make("textarea", "unseen");
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  back?.focus();
  return copied;
}
