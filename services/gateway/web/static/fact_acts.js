// The buttons beside a fact: what they do shows at once, and can be taken back.

import { erase, outdate, read, restore, retract } from "./facts.js";
import { button, make } from "./markup.js";
import { language, t } from "./texts.js";

const days = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** A day in the reader's language. */
export const day = (time) => days.format(new Date(time));

/** A day and its time of day. */
export const moment = (time) => moments.format(new Date(time));

/** Makes a link to a message in its conversation. */
export function toMessage(conversationId, messageId, label) {
  const link = make("a", "", label);
  link.href = `/c/${encodeURIComponent(conversationId)}#${encodeURIComponent(messageId)}`;
  return link;
}

/** The three ways to say that a fact should not be told: wrong, outdated, forgotten. */
export function endings(row, fact) {
  return [
    button(t("wrong"), () => end(row, () => retract(fact.id), "is_wrong", fact), "wrong"),
    button(t("outdated"), () => end(row, () => outdate(fact.id), "is_outdated", fact), "outdated"),
    button(t("forget"), () => confirmForgetting(row, fact), "forget"),
  ].map((each) => named(each, fact));
}

/** Tells a screen reader which fact a button is about. */
export function named(pressed, fact) {
  pressed.setAttribute("aria-label", `${pressed.textContent}: ${fact.text}`);
  return pressed;
}

/** Strikes a row out while it is done; brings it back where it cannot be done. */
export async function end(row, doing, said, fact = null) {
  row.dataset.ended = said;
  const tools = row.querySelector(".tools");
  const before = [...tools.childNodes];
  const words = make("span", "said", t(said));
  words.setAttribute("role", "status");
  tools.replaceChildren(words);
  try {
    await doing();
    if (fact) tools.append(named(button(t("undo"), () => undo(row, fact, before), "undo"), fact));
    tools.querySelector("button")?.focus();
  } catch (error) {
    back(row, before);
    complain(row, error);
  }
}

async function undo(row, fact, before) {
  try {
    await restore(fact.id);
    back(row, before);
  } catch (error) {
    complain(row, error);
  }
}

function back(row, before) {
  delete row.dataset.ended;
  row.querySelector(".tools").replaceChildren(...before);
  row.querySelector(".tools button")?.focus();
}

/** Says beneath a row what went wrong. */
export function complain(row, error) {
  row.querySelector(".trouble")?.remove();
  const words = make("p", "trouble", error.detail ?? t("failed"));
  words.setAttribute("role", "alert");
  row.append(words);
}

function confirmForgetting(row, fact) {
  const tools = row.querySelector(".tools");
  const before = [...tools.childNodes];
  const question = make("span", "confirm", t("forget_sure"));
  const yes = button(t("forget"), () => end(row, () => erase(fact.id), "is_forgotten"), "forget-yes");
  const no = button(t("cancel"), () => back(row, before), "cancel");
  yes.classList.add("danger");
  tools.replaceChildren(question, named(yes, fact), no);
  yes.focus();
}

/** Shows what a fact rests on: its quote, its message, and the states that it has had. */
export async function history(row, pressed, fact) {
  const shown = row.querySelector(".past");
  if (shown) {
    shown.remove();
    pressed.setAttribute("aria-expanded", "false");
    return;
  }
  try {
    const whole = await read(fact.id);
    row.append(past(whole));
    pressed.setAttribute("aria-expanded", "true");
  } catch (error) {
    complain(row, error);
  }
}

function past({ versions, message, source }) {
  const part = make("div", "past");
  if (message) {
    const said = make("p", "", `${day(message.time)}: `);
    said.append(quoted(message.content), " ");
    said.append(toMessage(source.conversation_id, source.message_id, t("to_message")));
    part.append(said);
  } else {
    part.append(make("p", "", t(source.message_id ? "message_gone" : "by_hand")));
  }
  const list = make("ol");
  for (const version of versions) {
    const words = `${moment(version.at)}: ${t(`status_${version.status}`)}`;
    const item = make("li", "", `${words} · ${version.text}`);
    item.dir = "auto";
    list.append(item);
  }
  part.append(list);
  return part;
}

/** Makes a quotation, shortened where it is long. */
export function quoted(text, most = 300) {
  const words = text.length > most ? `${text.slice(0, most)} …` : text;
  const made = make("q", "", words);
  made.dir = "auto";
  return made;
}
