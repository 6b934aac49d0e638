// What the page shows of a conversation now; the parts of the thread share it.

import { notice } from "./notice.js";
import { t } from "./texts.js";

export const log = document.getElementById("log");
export const now = {
  id: null,
  opened: new AbortController(),
  running: null,
  incognito: false,
  oldest: null,
};

const listeners = [];

/** Tells which conversation is open, whether an answer is being written, and whether incognito. */
export const view = () => ({ id: now.id, busy: Boolean(now.running), incognito: now.incognito });

/** Calls back when any of it changes. */
export const onView = (listener) => listeners.push(listener);

/** Tells that it has changed. A reader hears of answers that are finished. */
export function changed() {
  log.setAttribute("aria-busy", String(Boolean(now.running)));
  for (const listener of listeners) listener(view());
}

/** The item with a message. */
export function find(messageId) {
  const name = CSS.escape(messageId);
  return log.querySelector(`[data-message="${name}"], [data-answer="${name}"]`);
}

/** The item and all after it: a new branch supersedes them. */
export function from(item) {
  const all = [...log.children];
  return all.slice(all.indexOf(item));
}

/** Gives the page the address of the conversation; nothing names an incognito one. */
export function setAddress() {
  const path = now.id && !now.incognito ? `/c/${encodeURIComponent(now.id)}` : "/";
  if (location.pathname !== path) history.pushState(null, "", path + location.search);
}

/** Says what went wrong, and offers to try again. */
export function trouble(error, again) {
  notice(error.detail || t("failed"), [{ label: t("try_again"), act: again, kind: "main" }], {
    id: "thread",
  });
}
