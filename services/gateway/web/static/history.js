// Reads what was said in a conversation, and pairs questions with their answers.

import { call } from "./api.js";
import { t } from "./texts.js";
import { Turn } from "./turn.js";

/** Reads a page of messages, the newest or those before a message; null: no such conversation. */
export async function page(conversationId, { before = "", limit = 50, signal } = {}) {
  const asked = new URLSearchParams({ limit, ...(before && { before }) });
  const path = `/memory/conversation/${encodeURIComponent(conversationId)}?${asked}`;
  try {
    const { messages } = await call("GET", path, { signal });
    return messages;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Makes messages into turns; whatever has no partner stands alone. */
export function turns(messages, conversationId, act) {
  const made = [];
  for (const message of messages) {
    if (message.status === "superseded") continue;
    const last = made.at(-1);
    if (message.role === "assistant" && last?.open) {
      last.remembered(message);
      last.open = false;
    } else {
      made.push(alone(message, conversationId, act));
    }
    made.at(-1).messages.push(message);
  }
  return made;
}

function alone(message, conversationId, act) {
  const asked = message.role === "user";
  const turn = new Turn({ question: asked ? message.content : null, conversationId, act });
  turn.messages = [];
  turn.open = asked;
  if (asked) {
    turn.item.dataset.message = message.id;
    turn.turnId = message.id.endsWith("-u") ? message.id.slice(0, -2) : null;
    if (message.name) turn.asked.before(speaker(message.name));
    turn.unanswered({ failed: t("failed"), cancelled: t("stopped") }[message.status] ?? "");
  } else {
    turn.item.dataset.role = message.role;
    turn.remembered(message);
  }
  return turn;
}

function speaker(name) {
  const element = document.createElement("bdi");
  element.className = "speaker";
  element.textContent = name;
  return element;
}
