// Keeps the newest text in view where the reader is at the end, and nothing moving where not.

import { t } from "./texts.js";
import { button } from "./markup.js";

const NEAR_END_PX = 120;

let log = null;
let newest = null;
let atEnd = true;
let last = 0;

/** Begins to watch where the reader is. */
export function watch(element) {
  log = element;
  newest = button(t("to_newest"), toEnd);
  newest.id = "newest";
  newest.hidden = true;
  log.after(newest);
  addEventListener("scroll", look, { capture: true, passive: true });
  addEventListener("resize", keep);
  new ResizeObserver(keep).observe(log);
}

/** The element that scrolls the thread: an ancestor, or the page. */
export function scroller() {
  for (let part = log.parentElement; part && part !== document.body; part = part.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(part).overflowY)) return part;
  }
  return document.scrollingElement;
}

function look(scrolled) {
  const part = scroller();
  if (scrolled && scrolled.target !== part && scrolled.target !== document) return;
  const near = part.scrollHeight - part.clientHeight - part.scrollTop < NEAR_END_PX;
  // What grows beneath the reader is no reason to leave the end: only going up is.
  if (near || part.scrollTop < last - 1) atEnd = near;
  last = part.scrollTop;
  newest.hidden = atEnd;
}

function keep() {
  if (atEnd) toEnd();
  else look();
}

/** Goes to the newest text, and stays there. */
export function toEnd() {
  atEnd = true;
  const part = scroller();
  part.scrollTop = part.scrollHeight;
  last = part.scrollTop;
  newest.hidden = true;
}

/** Stays where the reader is: what comes at the end does not move the page. */
export function stay() {
  atEnd = false;
}

/** Changes what stands above, and leaves what is seen where it is. */
export function above(change) {
  const part = scroller();
  const seen = [...log.children].find((item) => item.getBoundingClientRect().bottom > 0);
  const before = seen?.getBoundingClientRect().top ?? 0;
  part.style.overflowAnchor = "none";
  change();
  if (seen?.isConnected) part.scrollTop += seen.getBoundingClientRect().top - before;
  last = part.scrollTop;
  requestAnimationFrame(() => {
    part.style.overflowAnchor = "";
  });
}
