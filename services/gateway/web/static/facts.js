// What can be done with facts; whatever changes is told to the rest of the page.

import { call } from "./api.js";
import { emit } from "./bus.js";

export const ME = "/memory/user/me";
const QUIET_MS = 3000;

const touched = new Set();
let stating = 0;

const path = (id) => `${ME}/facts/${encodeURIComponent(id)}`;

async function told(id, doing) {
  touched.add(id);
  const answer = await doing;
  emit("memory-changed", {});
  return answer;
}

/** Whether a change of this fact is what was just done on this page. */
export const isOwn = (id) => touched.has(id) || Date.now() < stating;

/** Reads a fact with its message, quote and versions. */
export const read = (id) => call("GET", path(id));

/** Changes some of a fact's fields. */
export const change = (id, body) => told(id, call("PATCH", path(id), { body }));

/** It was wrong. */
export const retract = (id) => told(id, call("DELETE", path(id)));

/** It holds no longer from today on. */
export const outdate = (id) => change(id, { valid_until: new Date().toISOString() });

/** Forgets it for good. */
export const erase = (id) => told(id, call("DELETE", `${path(id)}?erase=true`));

/** Takes it back again. */
export const restore = (id) => told(id, call("POST", `${path(id)}/restore`));

/** Adds one by hand. */
export async function state(text) {
  stating = Date.now() + QUIET_MS;
  const made = await call("POST", `${ME}/facts`, { body: { text } });
  return told(made.id, made);
}
