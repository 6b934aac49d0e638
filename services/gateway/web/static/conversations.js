// The list of conversations, newest first, as far as it was read.

import { call } from "./api.js";

const PAGE = 50;
const WHOLE = 1000;
// By then the server's list has what was begun here, or it never came about.
const ON_TRUST_MS = 60_000;

let items = [];
let cursor = null;
let began = false;

const one = (id) => `/memory/conversation/${encodeURIComponent(id)}`;
const time = (item) => Date.parse(item.updated_at);

/** All that is known of, newest first. */
export const known = () => items;

/** Whether there are earlier ones to read. */
export const hasMore = () => cursor !== null;

/** Reads the newest anew. */
export async function refresh() {
  const page = await call("GET", `/memory/conversations?limit=${PAGE}`);
  const oldest = page.next_cursor ? time(page.items.at(-1)) : -Infinity;
  const kept = items.filter((each) => time(each) < oldest || Date.now() - each.trusted < ON_TRUST_MS);
  if (!began) cursor = page.next_cursor;
  began = true;
  merge(kept, page.items);
}

/** Reads a page of earlier ones. */
export async function readMore(limit = PAGE) {
  const asked = new URLSearchParams({ limit, cursor });
  const page = await call("GET", `/memory/conversations?${asked}`);
  cursor = page.next_cursor;
  merge(items, page.items);
}

/** Reads all of them: whoever searches looks for an old one. */
export async function readAll() {
  while (hasMore()) await readMore(WHOLE);
}

function merge(old, read) {
  const ids = new Set(read.map((each) => each.conversation_id));
  items = [...old.filter((each) => !ids.has(each.conversation_id)), ...read];
  items.sort((one, other) => time(other) - time(one));
}

/** Puts a conversation first in which something is said now. */
export function touch(id, title) {
  const old = items.find((each) => each.conversation_id === id);
  const now = { updated_at: new Date().toISOString(), trusted: Date.now() };
  merge(items, [{ conversation_id: id, title, ...old, ...now }]);
}

/** Gives a conversation another title; an empty one lets what was said first name it again. */
export async function rename(id, title) {
  const { title: now } = await call("PATCH", one(id), { body: { title } });
  const old = items.find((each) => each.conversation_id === id);
  if (old) old.title = title || now;
}

/** Deletes a conversation; one that is gone already is no trouble. */
export async function remove(id, { keepalive = false } = {}) {
  try {
    await call("DELETE", one(id), { keepalive });
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  items = items.filter((each) => each.conversation_id !== id);
}
