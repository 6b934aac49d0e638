// The turns that wait or run, and a button to stop each.

import { call, confirmed } from "./ask.js";
import { keyed, make, say } from "./dom.js";
import { count, duration, words } from "./words.js";

const rows = document.getElementById("open");
const empty = document.getElementById("no-open");
const error = document.getElementById("open-error");
const counted = document.getElementById("open-count");
const KNOWN = new Set(["queued", "running"]);

export function showTurns(turns) {
  error.hidden = !turns.error;
  if (turns.error) say(error, turns.error);
  empty.hidden = Boolean(turns.error) || turns.items.length > 0;
  say(counted, turns.items.length ? summary(turns) : "");
  rows.closest("table").hidden = turns.items.length === 0;
  keyed(rows, turns.items, (turn) => turn.turn_id, row, update);
}

function summary({ items, more }) {
  const parts = ["running", "queued"].map((status) => {
    const found = items.filter((turn) => turn.status === status).length;
    return `${words[status]} ${count(found)}`;
  });
  return parts.join(" · ") + (more ? ` ${words.more}` : "");
}

function row(turn) {
  const button = make("button", { class: "button quiet small", type: "button", text: words.stop });
  button.addEventListener("click", () => stop(turn.turn_id, button));
  return make(
    "tr",
    {},
    make("td", {}, make("span", { class: "tag" })),
    make("td", { class: "number" }),
    make("td", { class: "number" }),
    ...[turn.turn_id, turn.user_id, turn.conversation_id].map((id) =>
      make("td", {}, make("code", { text: id, title: id })),
    ),
    make("td", { class: "number" }, button),
  );
}

function update(element, turn) {
  const tag = element.querySelector(".tag");
  tag.dataset.status = KNOWN.has(turn.status) ? turn.status : "closing";
  say(tag, words[tag.dataset.status]);
  say(element.children[1], duration(turn.age_s * 1_000));
  say(element.children[2], turn.attempt ? count(turn.attempt) : "–");
}

async function stop(turnId, button) {
  if (!(await confirmed(words.stopAsk, words.stop))) return;
  button.disabled = true;
  say(button, words.stopping);
  try {
    await call("DELETE", `/admin-api/turns/${encodeURIComponent(turnId)}`);
  } catch (problem) {
    button.disabled = false;
    say(button, words.stop);
    error.hidden = false;
    say(error, problem.message);
  }
}
