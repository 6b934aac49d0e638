// How the services are, and what lies in the queues.

import { keyed, make, say } from "./dom.js";
import { count, duration, size, words } from "./words.js";

const services = document.getElementById("services");
const streams = document.getElementById("streams");
const consumers = document.getElementById("consumers");
const error = document.getElementById("queues-error");

export function showServices(found) {
  for (const [name, health] of Object.entries(found)) {
    const row = services.querySelector(`[data-service="${name}"]`);
    if (!row) continue;
    const [, lacking] = /^not ready: (.+)$/.exec(health.error) ?? [];
    row.dataset.state = health.ok ? "ready" : lacking ? "limited" : "down";
    say(row.querySelector(".condition"), condition(health, lacking));
  }
}

function condition(health, lacking) {
  if (health.ok) return `${words.well} · ${duration(health.latency_ms)}`;
  return lacking ? `${words.notReady} ${lacking}` : words.noAnswer;
}

export function showQueues(queues) {
  error.hidden = !queues.error;
  if (queues.error) {
    say(error, queues.error);
    return;
  }
  rows(streams, queues.streams, (stream) => [
    stream.max_messages ? `${count(stream.messages)} / ${count(stream.max_messages)}` : count(stream.messages),
    size(stream.bytes),
  ]);
  rows(consumers, queues.consumers, (consumer) => [count(consumer.pending), count(consumer.ack_pending)]);
}

function rows(parent, items, figures) {
  keyed(
    parent,
    items,
    (item) => item.name,
    (item) =>
      make("tr", {}, make("th", { scope: "row" }, make("span", { class: "dot" }), make("code", { text: item.name })), make("td", { class: "number" }), make("td", { class: "number" })),
    (row, item) => {
      row.firstElementChild.dataset.state = item.present ? "ready" : "down";
      row.classList.toggle("gone", !item.present);
      const [first, second] = item.present ? figures(item) : [words.missing, ""];
      say(row.children[1], first);
      say(row.children[2], second);
    },
  );
}
