// The empty page: examples to begin with, and which model will answer.

import { call } from "./api.js";
import { t } from "./texts.js";
import { onView } from "./thread.js";

const intro = document.getElementById("intro");
const prompt = document.getElementById("prompt");
const answers = document.getElementById("answers");
const log = document.getElementById("log");
const title = document.getElementById("title");

/** Lets the examples fill the question box. */
export function startIntro() {
  for (const example of intro.querySelectorAll("[data-try]")) {
    example.addEventListener("click", () => fill(example.querySelector("span").textContent));
  }
  onView(({ id, incognito }) => {
    intro.hidden = Boolean(id) || incognito || log.childElementCount > 0;
    title.hidden = !intro.hidden;
  });
  showModel();
}

function fill(text) {
  prompt.value = text;
  prompt.dispatchEvent(new Event("input", { bubbles: true }));
  prompt.focus();
}

async function showModel() {
  const [text, state] = await modelText();
  answers.querySelector("p").textContent = text;
  answers.dataset.state = state;
}

async function modelText() {
  try {
    const { items, default: name } = await call("GET", "/models");
    const model = items.find((each) => each.name === name) ?? items[0];
    if (model?.demonstration) return [t("model_demonstration", { model: name }), "demonstration"];
    return [t("model_answers", { model: name }), "real"];
  } catch (error) {
    return [t("model_away", { detail: error.detail ?? "" }), "away"];
  }
}
