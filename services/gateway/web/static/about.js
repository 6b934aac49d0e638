// What I remember about you: the panel with facts, preferences and the data as a whole.

import { dataPart } from "./about_data.js";
import { editFact, factsPart } from "./about_facts.js";
import { policyPart, preferencesPart } from "./about_preferences.js";
import { call } from "./api.js";
import { on } from "./bus.js";
import { ME } from "./facts.js";
import { button, make } from "./markup.js";
import { t } from "./texts.js";

const SETTLE_MS = 250;

const now = { element: null, past: false, timer: 0 };

/** Fills the panel; `edit` names a fact that is to be edited. */
export async function show(element, { edit = null } = {}) {
  now.element = element;
  if (!element.childElementCount) element.append(make("p", "soft", t("about_reading")));
  await fill();
  if (edit) editFact(element, edit);
}

on("memory-changed", () => {
  clearTimeout(now.timer);
  now.timer = setTimeout(refresh, SETTLE_MS);
});

/** Reads anew, unless something is being written or has just been struck out. */
function refresh() {
  if (now.element?.closest(".open") && !busy()) fill(busy);
}

const busy = () => now.element.querySelector("form.editing, .confirm, [data-ended], [data-busy]");

/** `late` tells, when the answer is there, whether it must not be shown any more. */
async function fill(late = () => false) {
  const { element } = now;
  try {
    const user = await call("GET", `${ME}${now.past ? "?include_superseded=true" : ""}`);
    if (late()) return;
    const focus = focused(element);
    const scrolled = element.scrollTop;
    const data = element.querySelector(".data") ?? dataPart();
    const facts = factsPart(user.facts, { past: now.past, onPast });
    element.replaceChildren(policyPart(user), facts, preferencesPart(user), data);
    element.scrollTop = scrolled;
    if (focus) refocus(element, focus);
  } catch (error) {
    const again = button(t("try_again"), () => fill());
    element.replaceChildren(make("p", "trouble", error.detail ?? t("failed")), again);
  }
}

function onPast(past) {
  now.past = past;
  fill();
}

/** Where the focus is, in words that outlive a new reading. */
function focused(element) {
  const { activeElement: at } = document;
  if (!element.contains(at)) return null;
  return { key: at.closest("[data-key]")?.dataset.key, what: at.dataset.do, id: at.id };
}

function refocus(element, { key, what, id }) {
  const row = key && element.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const same = (row && what && row.querySelector(`[data-do="${what}"]`)) || (id && document.getElementById(id));
  const near = same || row?.querySelector("button") || element.querySelector("h3");
  if (near.matches("h3")) near.tabIndex = -1;
  near.focus({ preventScroll: !same });
}
