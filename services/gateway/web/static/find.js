// Searches conversations: their titles here, what was said in them through memory's own search.

import { call } from "./api.js";
import { language, t } from "./texts.js";

const PAUSE_MS = 250;
const SHORTEST = 2;
const HITS = 20;
const BEFORE = 40;
const EXCERPT = 150;

const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const found = { hits: [], note: "" };
let timer = 0;
let asked = new AbortController();

/** What was found in messages, and what there is to say of it. */
export const inMessages = () => found;

/** Whether a title has every word of a query. */
export function matches(title, query) {
  const text = title.toLowerCase();
  return words(query).every((word) => text.includes(word));
}

const words = (query) => query.toLowerCase().split(/\s+/).filter(Boolean);

/** Looks for a query in messages, once the reader has paused; `changed` is told of it. */
export function search(query, changed) {
  clearTimeout(timer);
  asked.abort();
  asked = new AbortController();
  const long = query.length >= SHORTEST;
  if (!long) found.hits = [];
  found.note = long ? t("searching") : "";
  if (long) timer = setTimeout(ask, PAUSE_MS, query, changed, asked.signal);
  changed();
}

async function ask(query, changed, signal) {
  try {
    const body = { query, memory_type: "conversation", limit: HITS };
    const { results } = await call("POST", "/memory/query", { body, signal });
    found.hits = results.filter((each) => each.conversation_id && each.message_id);
    found.note = found.hits.length ? "" : t("nothing_found");
  } catch (error) {
    if (signal.aborted) return;
    found.note = error.detail ?? String(error);
  }
  if (!signal.aborted) changed();
}

/** Makes the row of a message that was found. */
export function hitRow(hit, href, query) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  const what = document.createElement("span");
  const when = document.createElement("small");
  row.className = "hit";
  link.href = href;
  what.dir = "auto";
  what.append(...marked(excerpt(hit.text, query), query));
  when.textContent = hit.time ? day.format(new Date(hit.time)) : "";
  link.append(what, when);
  row.append(link);
  return row;
}

/** Cuts out of a text what stands around the first word of the query. */
function excerpt(text, query) {
  const flat = text.slice(0, 20_000).replace(/\s+/g, " ");
  const at = Math.max(0, ...words(query).map((word) => flat.toLowerCase().indexOf(word)));
  const from = at > BEFORE ? at - BEFORE : 0;
  return (from ? "… " : "") + flat.slice(from, from + EXCERPT);
}

function marked(text, query) {
  const any = words(query).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text.split(new RegExp(`(${any.join("|")})`, "gi")).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const mark = document.createElement("mark");
    mark.textContent = piece;
    return mark;
  });
}
