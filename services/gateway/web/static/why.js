// Why did you know this? What the model was told for an answer, and what can be done about it.

import { stateOf } from "./ask.js";
import { day, endings, history, named, quoted, toMessage } from "./fact_acts.js";
import { button, make } from "./markup.js";
import { preferenceName, preferenceValue } from "./preference_names.js";
import { t, tn } from "./texts.js";

/** Opens the receipt of an answer beneath it, or closes it. */
export async function why(turn, asked) {
  const open = turn.item.querySelector(".receipt");
  if (open) {
    open.remove();
    asked.setAttribute("aria-expanded", "false");
    return;
  }
  asked.setAttribute("aria-expanded", "true");
  const part = make("section", "receipt");
  part.setAttribute("aria-label", t("receipt_label"));
  turn.item.querySelector(".answer").append(part);
  await fill(part, turn);
}

async function fill(part, turn) {
  part.replaceChildren(make("p", "soft", t("receipt_reading")));
  try {
    turn.memory ??= (await stateOf(turn.turnId))?.memory ?? null;
    part.replaceChildren(...parts(turn.memory));
  } catch (error) {
    const again = button(t("try_again"), () => fill(part, turn));
    part.replaceChildren(make("p", "trouble", error.detail ?? t("failed")), again);
  }
}

function parts(memory) {
  if (!memory) return [make("p", "soft", t("receipt_gone"))];
  const preferences = Object.entries(memory.preferences);
  const told = [
    ...group("receipt_preferences", preferences.map(preference)),
    ...group("receipt_facts", memory.facts.map(fact)),
    ...group("receipt_recalled", memory.recalled.map(passage)),
    ...cut(memory.cut),
  ];
  return told.length ? told : [make("p", "soft", t("knew_nothing"))];
}

function group(title, rows) {
  if (!rows.length) return [];
  const list = make("ul", "rows");
  list.append(...rows);
  return [make("h3", "", t(title)), list];
}

function preference([key, value]) {
  return make("li", "row", `${preferenceName(key)}: ${preferenceValue(value)}`);
}

function fact(told) {
  const row = make("li", "row");
  row.dataset.fact = told.id;
  const words = make("p", "text", told.text);
  words.dir = "auto";
  const tools = make("div", "tools");
  const source = button(t("source"), () => history(row, source, told), "source");
  if (told.time) row.append(words, make("p", "soft", t("since", { day: day(told.time) })), tools);
  else row.append(words, tools);
  tools.append(named(source, told), ...endings(row, told));
  return row;
}

function passage(told) {
  const row = make("li", "row");
  const where = make("p", "soft", `${day(told.time)} · `);
  where.append(toMessage(told.conversation_id, told.message_id, t("to_message")));
  row.append(quoted(told.text, 500), where);
  return row;
}

function cut({ messages = 0, facts = 0, recalled = 0 }) {
  const counts = [
    messages && tn("cut_messages", messages),
    facts && tn("cut_facts", facts),
    recalled && tn("cut_recalled", recalled),
  ].filter(Boolean);
  return counts.length ? [make("p", "soft cut", t("cut", { what: counts.join(", ") }))] : [];
}
