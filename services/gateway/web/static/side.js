// The conversations at the side: open, rename, delete, search.

import { emit, on } from "./bus.js";
import * as conversations from "./conversations.js";
import { notice } from "./notice.js";
import { LONGEST_TITLE, acts, button, forget, pathOf, row, running, titleOf } from "./rows.js";
import { t } from "./texts.js";

const UNDO_MS = 6000;
const SOON_MS = 300;
const DAY_MS = 86_400_000;

const list = document.getElementById("conversations");
const find = document.getElementById("find");
const DOOMED = "membus:doomed";
const doomed = new Set();
const earlier = button("", t("more"), readMore);
const watched = new IntersectionObserver(([seen]) => seen.isIntersecting && readMore(), {
  root: list,
  rootMargin: "200px",
});

// Read when it is first needed: most visits search nothing.
let finding = null;
let trouble = null;
let reading = false;
let timer = 0;

/** Begins: reads the list, and keeps it as it is. */
export function startSide() {
  Object.assign(acts, { remove, render, retitle });
  document.getElementById("fresh").addEventListener("click", () => {
    open(null);
    document.getElementById("prompt").focus();
  });
  find.addEventListener("input", look);
  list.addEventListener("click", follow);
  on("conversations-changed", soon);
  on("conversation", () => setTimeout(render));
  on("turn-started", ({ conversationId, prompt, remote }) => {
    running.add(conversationId);
    conversations.touch(conversationId, prompt?.slice(0, LONGEST_TITLE));
    render();
    if (remote) soon();
  });
  on("turn-ended", ({ conversationId }) => {
    running.delete(conversationId);
    soon();
  });
  addEventListener("popstate", () => setTimeout(render));
  addEventListener("pagehide", () => {
    for (const id of doomed) conversations.remove(id, { keepalive: true }).catch(() => {});
    keepDoomed();
  });
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  finishDeleting();
  return reread();
}

/** Whoever leaves while something is to be deleted cannot be told how that went. */
function keepDoomed() {
  try {
    if (doomed.size) localStorage.setItem(DOOMED, JSON.stringify([...doomed]));
    else localStorage.removeItem(DOOMED);
  } catch {
    // Full or forbidden: then what was sent on leaving must do.
  }
}

function finishDeleting() {
  try {
    for (const id of JSON.parse(localStorage.getItem(DOOMED)) ?? []) doomed.add(id);
  } catch {
    return;
  }
  for (const id of doomed) erase(id);
}

/** Opens a conversation; null: a new one. */
function open(id) {
  const path = pathOf(id);
  const there = location.pathname === path && !location.hash;
  if (!there) history.pushState(null, "", path + location.search);
  emit("conversation", id);
}

/** Opens a row's conversation without loading the page anew; the thread goes to messages. */
function follow(click) {
  const link = click.target.closest("a[data-id]");
  if (!link || click.ctrlKey || click.metaKey || click.shiftKey) return;
  click.preventDefault();
  open(link.dataset.id);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(reread, SOON_MS);
}

async function reread() {
  try {
    await conversations.refresh();
    trouble = null;
  } catch (error) {
    trouble = error;
  }
  list.setAttribute("aria-busy", "false");
  render();
}

async function readMore() {
  if (reading || !conversations.hasMore()) return;
  reading = true;
  watched.disconnect();
  await conversations.readMore().catch(refused);
  reading = false;
  render();
}

const refused = (error) => notice(error.detail ?? String(error), [], { id: "side" });

async function look() {
  conversations.readAll().then(render, refused);
  finding ??= await import("./find.js");
  finding.search(find.value.trim(), render);
}

/** Shows the list as it is now; whoever is renaming is not disturbed. */
function render() {
  if (list.querySelector("form")) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const query = find.value.trim();
  const shown = conversations.known().filter((each) => !doomed.has(each.conversation_id));
  list.replaceChildren(...(query && finding ? results(shown, query) : days(shown)));
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  name(shown);
}

/** Names the page after its conversation. */
function name(shown) {
  const current = shown.find((each) => pathOf(each.conversation_id) === location.pathname);
  document.title = current ? `${titleOf(current)} · Membus` : list.dataset.title;
  document.getElementById("title").textContent = current ? titleOf(current) : t("untitled");
}

list.dataset.title = document.title;

function days(shown) {
  const parts = new Map();
  for (const item of shown) {
    const day = dayOf(item);
    parts.set(day, [...(parts.get(day) ?? []), row(item)]);
  }
  const sections = [...parts].map(([day, items]) => section(t(day), items));
  if (trouble) sections.push(note(trouble.detail ?? String(trouble)), button("small", t("try_again"), reread));
  else if (!shown.length) sections.push(note(t("none_yet")));
  if (conversations.hasMore()) {
    sections.push(earlier);
    watched.observe(earlier);
  }
  return sections;
}

function dayOf({ updated_at: updated }) {
  const ago = new Date().setHours(0, 0, 0, 0) - Date.parse(updated);
  if (ago <= 0) return "today";
  if (ago <= DAY_MS) return "yesterday";
  if (ago <= 7 * DAY_MS) return "week";
  return ago <= 30 * DAY_MS ? "month" : "earlier";
}

function results(shown, query) {
  const { hits, note: told } = finding.inMessages();
  const titled = shown.filter((each) => finding.matches(titleOf(each), query)).map(row);
  const there = hits.filter((hit) => !doomed.has(hit.conversation_id));
  const said = there.map((hit) => finding.hitRow(hit, messagePath(hit), query));
  const parts = [];
  if (titled.length) parts.push(section(t("in_titles"), titled));
  if (said.length) parts.push(section(t("in_messages"), said));
  if (told && !(titled.length && told === t("nothing_found"))) parts.push(note(told));
  return parts;
}

const messagePath = ({ conversation_id: id, message_id: message }) =>
  `${pathOf(id)}${location.search}#${encodeURIComponent(message)}`;

function section(title, items) {
  const part = document.createElement("section");
  const heading = document.createElement("h2");
  const all = document.createElement("ul");
  heading.textContent = title;
  all.append(...items);
  part.append(heading, all);
  return part;
}

function note(text) {
  const made = document.createElement("p");
  made.className = "soft";
  made.textContent = text;
  return made;
}

async function retitle(item, title) {
  const old = item.title;
  item.title = title || old;
  render();
  try {
    await conversations.rename(item.conversation_id, title);
    emit("conversations-changed");
  } catch (error) {
    item.title = old;
    refused(error);
  }
  render();
}

/** Takes a conversation out of the list; it is deleted once that can no longer be undone. */
function remove(made) {
  const { conversation_id: id } = made.item;
  const next = (made.nextElementSibling ?? made.previousElementSibling)?.querySelector("a");
  const undo = () => {
    doomed.delete(id);
    render();
  };
  doomed.add(id);
  if (location.pathname === pathOf(id)) open(null);
  render();
  (next?.isConnected ? next : find).focus();
  notice(t("deleted", { title: titleOf(made.item) }), [{ label: t("undo"), act: undo }], {
    ms: UNDO_MS,
    gone: () => erase(id),
  });
}

async function erase(id) {
  try {
    await conversations.remove(id);
    forget(id);
    emit("conversations-changed");
  } catch (error) {
    refused(error);
  }
  doomed.delete(id);
  keepDoomed();
  render();
}
