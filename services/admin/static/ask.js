// Asks before what cannot be undone, and talks to the admin's API.

import { words } from "./words.js";

const dialog = document.getElementById("ask");

/** Resolves to whether the reader said yes. */
export function confirmed(question, yes) {
  dialog.querySelector("#ask-text").textContent = question;
  dialog.querySelector("#ask-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function logIn() {
  const here = location.pathname + location.search;
  location.assign(`/login?next=${encodeURIComponent(here)}`);
}

/** Returns the answer's JSON (null without one); throws an Error whose message may be shown. */
export async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      cache: "no-store",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error(words.lost);
  }
  if (answer.status === 401) {
    logIn();
    throw new Error(words.lost);
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok) return told;
  throw new Error(`${words.failedAction} ${told?.detail ?? `HTTP ${answer.status}`}`);
}
