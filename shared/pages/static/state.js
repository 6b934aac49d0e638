// Shows in the page's header whether the API is ready, from the page's own /health/ready.

const CALM_MS = 10_000;
const EAGER_MS = 2_000;

const pill = document.getElementById("state");
const words = pill.querySelector(".words");

function show(state, text) {
  if (pill.dataset.state === state && words.textContent === text) return;
  pill.dataset.state = state;
  words.textContent = text;
}

async function ask() {
  try {
    const answer = await fetch("/health/ready", { cache: "no-store" });
    const health = await answer.json();
    if (!health.ok) show("down", pill.dataset.down);
    else if (health.notes.length) show("limited", `${pill.dataset.limited} ${health.notes.join(", ")}`);
    else show("ready", pill.dataset.ready);
  } catch {
    show("down", pill.dataset.down);
  }
}

async function watch() {
  if (document.visibilityState === "visible") await ask();
  setTimeout(watch, pill.dataset.state === "ready" ? CALM_MS : EAGER_MS);
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") ask();
});
watch();
