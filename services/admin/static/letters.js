// The dead letters: to look at, to edit, to retry, to delete.

import { call, confirmed } from "./ask.js";
import { keyed, make, say } from "./dom.js";
import { moment, words } from "./words.js";

const PAGE = 50;
const list = document.getElementById("letters");
const empty = document.getElementById("no-letters");
const error = document.getElementById("letters-error");
const done = document.getElementById("letters-done");
const older = document.getElementById("older");

let shown = "";
let limit = PAGE;

/** Loads the letters anew when their stream has changed. */
export function showLetters(streams) {
  const dead = streams.find((stream) => stream.name === "DEAD");
  if (!dead?.present) return;
  const version = `${dead.messages}:${dead.last_sequence}`;
  if (version === shown) return;
  shown = version;
  load();
}

async function load() {
  try {
    const page = await call("GET", `/admin-api/dead-letters?limit=${limit}`);
    keyed(list, page.items, (letter) => letter.id, entry);
    empty.hidden = page.items.length > 0;
    older.hidden = page.next_cursor === null || limit >= 1_000;
  } catch (problem) {
    shown = "";
    tell(error, problem.message);
  }
}

older.addEventListener("click", () => {
  limit = Math.min(1_000, limit * 4);
  load();
});

function entry(letter) {
  const { dead } = letter;
  const details = make(
    "details",
    { class: "letter" },
    make(
      "summary",
      {},
      make("code", { text: letter.subject }),
      make("span", { class: "why", text: dead ? dead.error_type : words.foreign }),
      make("time", { class: "soft", datetime: letter.at, text: moment(letter.at) }),
    ),
  );
  // Filled when it is opened: a thousand letters are a thousand payloads.
  details.addEventListener("toggle", () => details.open && details.append(...inside(letter, details)), { once: true });
  return details;
}

function inside(letter, details) {
  const original = letter.payload_base64 ?? pretty(letter.payload ?? "");
  const fixed = letter.refusal !== null || letter.payload_base64 !== null;
  const id = `payload-${letter.id}`;
  const text = make("textarea", { id, rows: Math.min(16, original.split("\n").length + 1), spellcheck: "false" });
  text.value = original;
  text.readOnly = fixed;
  const parts = [
    ...about(letter),
    make("label", { for: id, text: fixed ? words.unchanged : words.payload }),
    text,
  ];
  if (letter.payload_base64 !== null) parts.push(make("p", { class: "soft", text: words.notText }));
  if (letter.refusal !== null) parts.push(make("p", { class: "soft", text: refusal(letter) }));
  const buttons = make("div", { class: "buttons" });
  if (letter.refusal === null) {
    const payload = () => (text.value === original ? undefined : { payload: text.value });
    buttons.append(
      button(words.retry, "", () => act(details, "POST", `${letter.id}/retry`, payload(), `${words.retried} ${letter.subject}`)),
    );
  }
  buttons.append(
    button(words.delete, " quiet", async () => {
      if (await confirmed(words.deleteAsk, words.delete)) {
        await act(details, "DELETE", letter.id, undefined, `${words.deleted} ${letter.subject}`);
      }
    }),
  );
  return [...parts, buttons];
}

function about({ dead }) {
  if (!dead) return [];
  const facts = [
    [words.consumer, dead.durable],
    [words.service, dead.service],
    [words.deliveries, dead.deliveries],
    [words.sequence, dead.sequence],
    [words.died, moment(dead.at)],
  ];
  const headers = Object.entries(dead.headers).map(([name, value]) => `${name}: ${value}`);
  if (headers.length) facts.push([words.headers, headers.join("\n")]);
  return [
    make("pre", { class: "error", text: `${dead.error_type}: ${dead.error}` }),
    make("dl", { class: "about" }, ...facts.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", { text: value })))),
  ];
}

const refusal = ({ dead, refusal: reason }) => (dead?.subject.startsWith("chat.") ? words.chatLetter : reason);

const button = (text, kind, click) => make("button", { class: `button small${kind}`, type: "button", text, click });

async function act(details, method, path, body, success) {
  const buttons = [...details.querySelectorAll("button")];
  for (const each of buttons) each.disabled = true;
  try {
    await call(method, `/admin-api/dead-letters/${path}`, body);
    tell(done, success);
    details.remove();
    load();
  } catch (problem) {
    tell(error, problem.message);
    error.scrollIntoView({ block: "nearest" });
    for (const each of buttons) each.disabled = false;
  }
}

function tell(where, text) {
  for (const each of [error, done]) each.hidden = each !== where;
  say(where, text);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
