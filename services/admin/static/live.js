// Receives the live state every second, and comes back by itself when the connection is lost.

import { logIn } from "./ask.js";

const SILENCE_MS = 6_000;
const AGAIN_MS = 1_500;

/** Calls `show(state)` for every state, and `lost()` whenever the connection is. */
export function watch(show, lost) {
  let source = null;
  let heard = Date.now();

  function open() {
    heard = Date.now();
    source = new EventSource("/admin-api/live");
    source.onmessage = (message) => {
      heard = Date.now();
      show(JSON.parse(message.data));
    };
    source.onerror = again;
  }

  async function again() {
    if (source === null) return;
    source.close();
    source = null;
    lost();
    if (await loggedOut()) logIn();
    else setTimeout(open, AGAIN_MS);
  }

  // A connection may die without a word.
  setInterval(() => {
    if (Date.now() - heard > SILENCE_MS) again();
  }, 1_000);

  // A hidden page needs no states, and its server no work.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      source?.close();
      source = null;
      heard = Infinity;
    } else if (source === null) {
      open();
    }
  });
  open();
}

async function loggedOut() {
  try {
    return (await fetch("/admin-api/dead-letters?limit=1", { cache: "no-store" })).status === 401;
  } catch {
    return false;
  }
}
