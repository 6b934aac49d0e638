// The live page: one state a second, shown by its parts.

import { showMinutes, showStages } from "./figures.js";
import { showQueues, showServices } from "./health.js";
import { say } from "./dom.js";
import { showLetters } from "./letters.js";
import { watch } from "./live.js";
import { showTurns } from "./turns.js";
import { clock, words } from "./words.js";

const board = document.getElementById("board");
const link = document.getElementById("link");

function tell(state, text) {
  board.dataset.link = state;
  link.dataset.state = state;
  say(link.querySelector(".words"), text);
}

function show(state) {
  tell("ready", `${words.live}, ${words.updated} ${clock(state.at)}`);
  showMinutes(state.minutes);
  showStages(state.stages);
  showTurns(state.turns);
  showServices(state.services);
  showQueues(state.queues);
  showLetters(state.queues.streams);
}

watch(show, () => tell("down", words.lost));
