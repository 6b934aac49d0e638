// Sends questions and follows their turns: through lost connections, reloads and other tabs.

import { call } from "./api.js";
import { t } from "./texts.js";
import { events } from "./sse.js";

const OPEN = "membus:open";
const SENDING = "membus:sending";
const HOUR_MS = 3_600_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SLOW_MS = 4000;
const LOOK_AGAIN_MS = 10_000;

/** Makes a random id, also where the page is not a secure one. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Opens a turn; asking again with the same key gives the same turn. */
export function openTurn(body, key) {
  const headers = { Prefer: "respond-async", "Idempotency-Key": key };
  return call("POST", "/chat/", { body, headers });
}

/** Whether a question that failed so may have arrived all the same. */
export const mayHaveArrived = (error) => !error.status || error.status >= 500;

/** Stops a turn. */
export const stopTurn = (turnId) => call("DELETE", address(turnId));

/** What is known of a turn, or null where it is no longer kept. */
export async function stateOf(turnId) {
  try {
    return await call("GET", address(turnId));
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

const address = (turnId) => `/chat/turns/${encodeURIComponent(turnId)}`;

/** Follows a turn to its end, whatever happens to the connection; false: it is not kept. */
export async function follow(turn, signal) {
  const explaining = explain(turn, signal);
  try {
    for (let pause = FIRST_PAUSE_MS; !turn.ended && !signal.aborted; ) {
      const came = await listen(turn, signal);
      if (came === "gone") return false;
      if (turn.ended || signal.aborted) break;
      if (came) pause = FIRST_PAUSE_MS;
      turn.note(t("reconnecting"));
      await rest(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  } finally {
    clearInterval(explaining);
  }
  return true;
}

/** Hears one connection out; returns whether anything came, or "gone". */
async function listen(turn, signal) {
  let came = false;
  try {
    const headers = { Accept: "text/event-stream" };
    const answer = await fetch(`${address(turn.turnId)}/events`, { headers, signal });
    if (answer.status === 404) return "gone";
    if (!answer.ok) return false;
    for await (const { event, data } of events(answer.body)) {
      came = true;
      turn.take(event, JSON.parse(data));
      if (turn.ended) break;
    }
  } catch (error) {
    if (error.name !== "AbortError" && error.name !== "TypeError") console.warn(error);
  }
  return came;
}

/** Waits, but not longer than until the network is back. */
function rest(ms, signal) {
  return new Promise((go) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      go();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    signal.addEventListener("abort", end, { once: true });
  });
}

/** Says why there is no first word yet. */
function explain(turn, signal) {
  const began = Date.now();
  let looked = began + SLOW_MS - LOOK_AGAIN_MS;
  return setInterval(async () => {
    if (turn.state !== "waiting" || signal.aborted || Date.now() - looked < LOOK_AGAIN_MS) return;
    looked = Date.now();
    const now = await stateOf(turn.turnId).catch(() => null);
    if (now && turn.state === "waiting") {
      turn.note(t(now.status === "queued" ? "queue_wait" : "loading_model"));
    }
  }, 500);
}

/** The turns that run, and the questions under way, as this browser's tabs share them. */
export const openTurns = kept(OPEN, 24 * HOUR_MS);
export const sending = kept(SENDING, HOUR_MS);

function kept(name, ms) {
  const all = () => {
    try {
      const found = Object.entries(JSON.parse(localStorage.getItem(name)) ?? {});
      return Object.fromEntries(found.filter(([, entry]) => Date.now() - entry.at < ms));
    } catch {
      return {};
    }
  };
  const write = (entries) => {
    try {
      if (Object.keys(entries).length) localStorage.setItem(name, JSON.stringify(entries));
      else localStorage.removeItem(name);
    } catch {
      // Full or forbidden: then a reload does not know of it.
    }
  };
  return {
    of: (conversationId) =>
      Object.entries(all())
        .filter(([, entry]) => entry.conversationId === conversationId)
        .map(([id, entry]) => ({ id, ...entry })),
    put: (id, entry) => write({ ...all(), [id]: { ...entry, at: Date.now() } }),
    drop: (id) => {
      const { [id]: _, ...others } = all();
      write(others);
    },
  };
}
