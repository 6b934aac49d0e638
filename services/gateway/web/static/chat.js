// The question box: sends what is typed through the page's own server and shows the answer.

import { events } from "./sse.js";
import { Turn } from "./turn.js";

const composer = document.getElementById("composer");
const prompt = document.getElementById("prompt");
const send = document.getElementById("send");
const stop = document.getElementById("stop");
const fresh = document.getElementById("fresh");
const intro = document.getElementById("intro");

let conversation = null;
let running = null;

async function ask(question) {
  const turn = new Turn(question);
  running = new AbortController();
  busy(true);
  try {
    const answer = await fetch("/chat/", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ prompt: question, stream: true, ...where() }),
      signal: running.signal,
    });
    if (answer.ok) await follow(answer.body, turn);
    else turn.failed(await reason(answer));
    if (!turn.ended) turn.failed();
  } catch (error) {
    if (error.name === "AbortError") turn.stopped();
    else turn.failed();
  } finally {
    running = null;
    busy(false);
  }
}

const where = () => (conversation ? { conversation_id: conversation } : {});

async function follow(body, turn) {
  for await (const { event, data } of events(body)) {
    const value = JSON.parse(data);
    if (event === "start") conversation = value.conversation_id;
    else if (event === "token") turn.add(value.text);
    else if (event === "reset") turn.reset();
    else if (event === "done") turn.done(value);
    else if (event === "error") turn.failed(value.detail);
  }
}

async function reason(answer) {
  try {
    const problem = await answer.json();
    return problem.detail;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

function busy(now) {
  send.hidden = now;
  stop.hidden = !now;
  fresh.hidden = now;
  intro.hidden = true;
  if (!now) prompt.focus({ preventScroll: true });
}

function grow() {
  prompt.rows = 1;
  const line = Number.parseFloat(getComputedStyle(prompt).lineHeight);
  prompt.rows = Math.min(8, Math.max(1, Math.floor(prompt.scrollHeight / line)));
}

composer.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const question = prompt.value.trim();
  if (!question || running) return;
  prompt.value = "";
  grow();
  ask(question);
});

prompt.addEventListener("keydown", (key) => {
  if (key.key !== "Enter" || key.shiftKey || key.isComposing) return;
  key.preventDefault();
  composer.requestSubmit();
});

prompt.addEventListener("input", grow);
stop.addEventListener("click", () => running?.abort());
fresh.addEventListener("click", () => {
  conversation = "new";
  document.getElementById("log").replaceChildren();
  fresh.hidden = true;
  intro.hidden = false;
  prompt.focus();
});

for (const example of document.querySelectorAll("[data-try]")) {
  example.addEventListener("click", () => {
    prompt.value = example.textContent;
    grow();
    prompt.focus();
  });
}
