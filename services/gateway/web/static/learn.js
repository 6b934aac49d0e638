// Tells quietly what is learnt about the user, as it happens.

import { call } from "./api.js";
import { emit, on } from "./bus.js";
import { ME, change, isOwn, retract } from "./facts.js";
import { closeNotices, notice } from "./notice.js";
import { events } from "./sse.js";
import { t, tn } from "./texts.js";

const LEARNT = "learnt-";
const TOGETHER_MS = 700;
const MOST_NOTICES = 3;
const SHOWN_MS = 12_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

const about = document.getElementById("about");
const narrow = matchMedia("(max-width: 52rem)");
const asked = new Set();

let waiting = [];
let timer = 0;

/** Listens for as long as the page is seen: browsers allow few connections to one server. */
export function follow() {
  let listening = null;
  const see = () => {
    const seen = document.visibilityState === "visible";
    if (seen && !listening) {
      listening = new AbortController();
      listen(listening.signal);
    } else if (!seen) {
      listening?.abort();
      listening = null;
    }
  };
  document.addEventListener("visibilitychange", see);
  on("about-opened", () => closeNotices(LEARNT));
  see();
}

async function listen(signal) {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    if (await hear(signal)) pause = FIRST_PAUSE_MS;
    await new Promise((go) => setTimeout(go, pause));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function hear(signal) {
  try {
    const headers = { Accept: "text/event-stream" };
    const answer = await fetch("/memory/user/me/events", { headers, signal });
    if (!answer.ok) return false;
    askWhatWaits();
    for await (const { event, data } of events(answer.body)) {
      if (event === "fact") take(JSON.parse(data));
      else if (event === "missed") emit("memory-changed", {});
    }
    return true;
  } catch {
    // Away for now, or not to be heard any more: the caller knows which.
    return false;
  }
}

/** Asks what was to be asked while nobody listened; a question that is open stays as it is. */
async function askWhatWaits() {
  const { facts } = await call("GET", ME).catch(() => ({ facts: [] }));
  const waits = facts.filter(({ id, status }) => status === "proposed" && !asked.has(id));
  waiting = [...waiting, ...waits.map(({ id, text }) => ({ fact_id: id, change: "proposed", text }))];
  if (waits.length) tell();
}

function take(told) {
  emit("memory-changed", {});
  if (!["proposed", "learnt"].includes(told.change) || isOwn(told.fact_id)) return;
  waiting = [...waiting.filter((each) => each.fact_id !== told.fact_id), told];
  clearTimeout(timer);
  timer = setTimeout(tell, TOGETHER_MS);
}

function tell() {
  const told = waiting;
  waiting = [];
  // Whoever looks at what is remembered sees it there.
  if (about.classList.contains("open")) return;
  for (const { fact_id: id, change: what } of told) if (what === "proposed") asked.add(id);
  if (told.length > MOST_NOTICES) {
    notice(tn("learnt_many", told.length), [look("main")], { ms: SHOWN_MS, id: `${LEARNT}many` });
  } else if (told.length > 1 && narrow.matches) {
    together(told);
  } else {
    told.forEach(remember);
  }
}

const look = (kind) => ({ label: t("look"), act: () => emit("about", {}), kind });

/** Tells several in one card: more would hide the conversation on a phone. */
function together(told) {
  const asks = told.filter(({ change: what }) => what === "proposed").map(({ fact_id: id }) => id);
  const accept = () => Promise.all(asks.map((id) => change(id, { status: "active" })));
  const keep = { label: t("keep"), act: () => asks.length && act("several", accept), kind: "main" };
  const text = told.map((each) => each.text).join("; ");
  const words = t(asks.length ? "shall_remember" : "will_remember", { text });
  notice(words, [keep, look()], { ms: asks.length ? 0 : SHOWN_MS, id: `${LEARNT}several` });
}

function remember({ fact_id: id, change: what, text }) {
  const proposed = what === "proposed";
  const actions = [
    { label: t("keep"), act: () => proposed && act(id, () => change(id, { status: "active" })), kind: "main" },
    { label: t("edit"), act: () => emit("about", { edit: id }) },
    { label: t("do_not"), act: () => act(id, () => retract(id)) },
  ];
  const words = t(proposed ? "shall_remember" : "will_remember", { text });
  notice(words, actions, { ms: proposed ? 0 : SHOWN_MS, id: `${LEARNT}${id}` });
}

async function act(id, doing) {
  try {
    await doing();
  } catch (error) {
    const again = { label: t("try_again"), act: () => act(id, doing), kind: "main" };
    notice(error.detail ?? t("failed"), [again], { id: `${LEARNT}${id}` });
  }
}
