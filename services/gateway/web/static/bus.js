// What the parts of the page tell each other, and what its tabs tell each other.

// Which conversation is open is each tab's own affair.
const SHARED = ["turn-started", "turn-ended", "memory-changed", "conversations-changed"];

const heard = new Map();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("membus") : null;

/** Calls `listener` with the detail of each such event; returns what ends that. */
export function on(name, listener) {
  if (!heard.has(name)) heard.set(name, new Set());
  heard.get(name).add(listener);
  return () => heard.get(name).delete(listener);
}

/** Tells all who listen, here and, where it is of use, in the other tabs. */
export function emit(name, detail = {}) {
  tell(name, detail);
  if (SHARED.includes(name)) channel?.postMessage({ name, detail });
}

function tell(name, detail) {
  for (const listener of [...(heard.get(name) ?? [])]) {
    try {
      listener(detail);
    } catch (error) {
      // One part's trouble must not keep the others from hearing.
      reportError(error);
    }
  }
}

channel?.addEventListener("message", ({ data: { name, detail } }) =>
  tell(name, { ...detail, remote: true }),
);
