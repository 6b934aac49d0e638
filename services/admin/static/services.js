// Shows how every service is, from the page's own /health/services.

const EVERY_MS = 5_000;

const list = document.getElementById("services");
const stamp = document.getElementById("stamp");

function condition(health) {
  if (health.ok) return `${list.dataset.well} · ${Math.round(health.latency_ms)}\u00a0${list.dataset.milliseconds}`;
  const [, missing] = /^not ready: (.+)$/.exec(health.error) ?? [];
  return missing ? `${list.dataset.missing} ${missing}` : list.dataset.noAnswer;
}

function show(services) {
  for (const [name, health] of Object.entries(services)) {
    const row = list.querySelector(`[data-service="${name}"]`);
    if (!row) continue;
    const lacking = health.error?.startsWith("not ready");
    row.dataset.state = health.ok ? "ready" : lacking ? "limited" : "down";
    row.querySelector(".condition").textContent = condition(health);
  }
}

async function look() {
  try {
    const answer = await fetch("/health/services", { cache: "no-store" });
    show((await answer.json()).services);
    const now = new Date().toLocaleTimeString(document.documentElement.lang);
    stamp.textContent = `${stamp.dataset.updated} ${now}`;
  } catch {
    stamp.textContent = stamp.dataset.lost;
  }
}

async function watch() {
  if (document.visibilityState === "visible") await look();
  setTimeout(watch, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
watch();
