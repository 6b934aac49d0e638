// Turns per minute as bars, and the time per stage.

import { keyed, make, say } from "./dom.js";
import { clock, count, duration, words } from "./words.js";

const OUTCOMES = ["completed", "cancelled", "expired", "failed"];
const WIDTH = 600;
const HEIGHT = 120;
const GAP = 2;
const SVG = "http://www.w3.org/2000/svg";

const chart = document.getElementById("chart");
const legend = document.getElementById("legend");
const peak = document.getElementById("peak");
const stages = document.getElementById("stages");

const all = (minute) => OUTCOMES.reduce((sum, outcome) => sum + minute[outcome], 0);
const named = (minute, join) =>
  OUTCOMES.filter((outcome) => minute[outcome])
    .map((outcome) => `${words[outcome]} ${count(minute[outcome])}`)
    .join(join);

let drawn = "";

export function showMinutes(minutes) {
  // Drawn anew only when something changed: a tooltip that is being read stays.
  const now = JSON.stringify(minutes);
  if (now === drawn) return;
  drawn = now;
  const most = Math.max(1, ...minutes.map(all));
  const step = WIDTH / minutes.length;
  chart.replaceChildren(...minutes.map((minute, place) => column(minute, place * step, step, most)));
  const sums = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, minutes.reduce((sum, minute) => sum + minute[outcome], 0)]),
  );
  chart.setAttribute("aria-label", named(sums, ", ") || "0");
  say(peak, all(sums) ? `${words.peak} ${count(most)}` : "");
  keyed(
    legend,
    OUTCOMES,
    (outcome) => outcome,
    (outcome) => make("li", { "data-outcome": outcome }, make("i"), make("span"), make("b")),
    (item, outcome) => {
      say(item.querySelector("span"), words[outcome]);
      say(item.querySelector("b"), count(sums[outcome]));
    },
  );
}

function column(minute, left, step, most) {
  const group = svg("g", {});
  const title = svg("title", {});
  title.textContent = `${clock(minute.at).replace(/:\d\d(?=\D*$)/, "")} · ${named(minute, ", ") || "0"}`;
  group.append(title, svg("rect", { class: "ground", x: left, y: 0, width: step - GAP, height: HEIGHT }));
  let top = HEIGHT;
  for (const outcome of OUTCOMES) {
    if (!minute[outcome]) continue;
    const height = (minute[outcome] / most) * HEIGHT;
    top -= height;
    group.append(svg("rect", { class: outcome, x: left, y: top, width: step - GAP, height }));
  }
  return group;
}

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const NAMES = { queue_ms: "queueMs", context_ms: "contextMs", first_token_ms: "firstTokenMs", total_ms: "totalMs" };

export function showStages(found) {
  document.getElementById("no-stages").hidden = Object.values(found).some((time) => time.turns);
  keyed(
    stages,
    Object.entries(found),
    ([stage]) => stage,
    ([stage]) =>
      make("tr", {}, make("th", { scope: "row", text: words[NAMES[stage]] }), make("td", { class: "number" }), make("td", { class: "number" })),
    (row, [, time]) => {
      say(row.children[1], duration(time.p50_ms));
      say(row.children[2], duration(time.p95_ms));
    },
  );
}
