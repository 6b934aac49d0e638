// The conversation in view: reads what was said in it, and what was said before that.

import { newId, openTurns, stopTurn } from "./ask.js";
import { act, askUnsent, join, resume } from "./asking.js";
import { emit, on } from "./bus.js";
import { page, turns } from "./history.js";
import { button, make } from "./markup.js";
import { notice } from "./notice.js";
import { above, stay, toEnd, watch } from "./scroll.js";
import { t } from "./texts.js";
import { changed, find, log, now, setAddress, trouble } from "./view.js";

export { ask, stop } from "./asking.js";
export { onView, view } from "./view.js";

const PAGE = 50;
const FAR = 250;
const FARTHEST_PAGES = 40;
const MARK_MS = 4000;
const AWAY_MS = 30_000;
const LOOKS = 4;

const earlier = make("div", "earlier");
const reached = new IntersectionObserver(([seen]) => seen.isIntersecting && readEarlier(PAGE), {
  root: log.parentElement,
  rootMargin: "800px 0px 0px",
});

let reading = null;
let first = true;

/** Begins: hears which conversation is wanted, and what other tabs do. */
export function start() {
  watch(log);
  log.before(earlier);
  on("conversation", (id) => openConversation(id));
  on("turn-started", (told) => told.remote && isHere(told) && join(told));
  on("turn-ended", (told) => told.remote && isHere(told) && refresh());
  addEventListener("hashchange", () => goTo(hash()));
  addEventListener("online", refresh);
  document.addEventListener("click", openLink);
  watchAway();
}

const isHere = ({ conversationId }) => conversationId === now.id && !now.incognito;

function hash() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** Shows a conversation; null: a new one. */
export async function openConversation(id, messageId = hash()) {
  clear();
  now.id = id;
  const { signal } = now.opened;
  setAddress();
  changed();
  if (id) await read(messageId, signal);
  if (signal.aborted) return;
  resume();
  if (first) askUnsent();
  first = false;
}

function clear() {
  if (now.incognito && now.running?.turnId) stopTurn(now.running.turnId).catch(() => {});
  now.opened.abort();
  reached.disconnect();
  Object.assign(now, { opened: new AbortController(), running: null, incognito: false, oldest: null });
  delete document.body.dataset.incognito;
  reading = null;
  log.replaceChildren();
}

async function read(messageId, signal) {
  const { id } = now;
  try {
    const messages = await page(id, { limit: PAGE, signal });
    if (signal.aborted) return;
    if (messages) show(messages);
    else if (!openTurns.of(id).length) missing();
    if (messages && messageId) await goTo(messageId);
  } catch (error) {
    if (!signal.aborted) trouble(error, () => openConversation(id, messageId));
  }
}

function show(messages) {
  log.append(...turns(messages, now.id, act).map((turn) => turn.item));
  from(messages, PAGE);
  toEnd();
}

/** Remembers where the messages begin; more come when the reader gets there. */
function from(messages, limit) {
  now.oldest = messages.length >= limit ? messages[0].id : null;
  reached.disconnect();
  if (now.oldest) reached.observe(earlier);
}

function missing() {
  notice(t("no_conversation"), [], { id: "thread" });
  emit("conversation", null);
}

/** Reads earlier messages; what the reader sees stays where it is. */
function readEarlier(limit) {
  if (!now.oldest) return Promise.resolve();
  reading ??= readBefore(now.oldest, limit).finally(() => {
    reading = null;
  });
  return reading;
}

async function readBefore(before, limit) {
  const { signal } = now.opened;
  earlier.textContent = t("loading_earlier");
  try {
    const messages = (await page(now.id, { before, limit, signal })) ?? [];
    if (!signal.aborted) above(() => prepend(messages, limit));
  } catch (error) {
    if (signal.aborted) return;
    now.oldest = null;
    trouble(error, () => {
      now.oldest = before;
      readEarlier(limit);
    });
  } finally {
    earlier.textContent = "";
  }
}

/** Puts messages before those that are there; a pair that the page cut comes together again. */
function prepend(messages, limit) {
  const top = log.firstElementChild?.turn;
  const cut = top?.messages && top.question === null && messages.at(-1)?.role === "user";
  const made = turns([...messages, ...(cut ? top.messages : [])], now.id, act);
  if (cut) top.item.remove();
  log.prepend(...made.map((turn) => turn.item));
  from(messages, limit);
}

/** Goes to a message, however long ago it was, and marks it. */
async function goTo(messageId) {
  if (!messageId || !now.id) return;
  const { signal } = now.opened;
  stay();
  for (let pages = 0; !find(messageId) && now.oldest && pages < FARTHEST_PAGES; pages += 1) {
    await readEarlier(FAR);
  }
  if (signal.aborted) return;
  const item = find(messageId);
  if (item) mark(item.querySelector(item.dataset.answer === messageId ? ".answer" : ".question"));
  else notice(t("no_message"), [], { id: "thread" });
}

function mark(part) {
  part.classList.add("marked");
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
  // What comes into view takes its true height then, so that one look is not enough.
  let looks = LOOKS;
  const look = () => {
    part.scrollIntoView({ block: "center" });
    looks -= 1;
    if (looks) requestAnimationFrame(look);
  };
  look();
  setTimeout(() => part.classList.remove("marked"), MARK_MS);
}

/** Opens links to messages without loading the page anew. */
function openLink(click) {
  const link = click.target.closest?.("a[href]");
  const changedKeys = click.ctrlKey || click.metaKey || click.shiftKey || click.altKey;
  if (!link || changedKeys || click.defaultPrevented || link.target) return;
  const [, name] = /^\/c\/([^/]+)$/.exec(link.pathname) ?? [];
  if (link.origin !== location.origin || !name || link.dataset.id) return;
  click.preventDefault();
  const id = decodeURIComponent(name);
  history.pushState(null, "", link.href);
  if (id !== now.id) emit("conversation", id);
  else goTo(hash());
}

/** Reads anew where something was said while this page heard nothing. */
async function refresh() {
  const { id } = now;
  const idle = () => id && id === now.id && !now.incognito && !now.running;
  if (!idle()) return;
  const messages = await page(id, { limit: 10 }).catch(() => null);
  if (!messages || !idle()) return;
  const lacking = messages.some(({ id: each, status }) => status !== "superseded" && !find(each));
  if (lacking && !log.querySelector(".editor")) openConversation(id, "");
}

function watchAway() {
  let left = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (left && Date.now() - left > AWAY_MS) refresh();
  });
}

/** Begins a conversation that nothing keeps, or leaves it; leaving forgets it here. */
export function setIncognito(wanted) {
  if (!wanted) {
    emit("conversation", null);
    return;
  }
  clear();
  Object.assign(now, { id: `incognito-${newId()}`, incognito: true });
  document.body.dataset.incognito = "true";
  setAddress();
  const banner = make("li", "incognito-note");
  banner.append(make("p", "", t("incognito_banner")));
  banner.append(button(t("incognito_leave"), () => setIncognito(false)));
  log.append(banner);
  changed();
}
