// The facts of the panel, by type: look, edit, pin, end, forget, take back.

import { complain, day, end, endings, history, named, quoted, toMessage } from "./fact_acts.js";
import { change, restore, retract, state } from "./facts.js";
import { button, make } from "./markup.js";
import { t } from "./texts.js";

const TYPES = [
  "identity", "location", "work", "education", "family", "pet", "health", "preference",
  "skill", "plan", "answer_style", "tool", "other",
];
const LONGEST = 2000;

/** The section of facts. */
export function factsPart(facts, { past, onPast }) {
  const part = make("section", "facts");
  part.append(make("h3", "", t("facts")), addForm());
  const proposed = facts.filter(({ status }) => status === "proposed");
  if (proposed.length) part.append(group(t("proposed"), proposed));
  const others = facts.filter(({ status }) => status !== "proposed");
  for (const type of TYPES) {
    const some = others.filter((fact) => fact.type === type).sort(byWeight);
    if (some.length) part.append(group(t(`type_${type}`), some));
  }
  if (!facts.length) part.append(make("p", "soft", t("no_facts")));
  part.append(pastSwitch(past, onPast));
  return part;
}

const byWeight = (a, b) =>
  Number(b.status === "active") - Number(a.status === "active") || Number(b.pinned) - Number(a.pinned);

function group(title, facts) {
  const made = make("div", "group");
  const list = make("ul", "rows");
  list.append(...facts.map(row));
  made.append(make("h4", "", title), list);
  return made;
}

function row(fact) {
  const made = make("li", "row");
  made.dataset.key = fact.id;
  made.dataset.fact = fact.id;
  made.dataset.status = fact.status;
  made.fact = fact;
  const words = make("p", "text", fact.text);
  words.dir = "auto";
  if (fact.pinned) words.prepend(mark());
  made.append(words);
  if (fact.source.quote) made.append(quoted(fact.source.quote));
  made.append(whence(fact), tools(made, fact));
  return made;
}

function mark() {
  const made = make("span", "pin", "★ ");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", t("pinned"));
  return made;
}

function whence(fact) {
  const { source } = fact;
  const parts = [t("since", { day: day(fact.valid_from ?? fact.recorded_at) })];
  if (fact.status !== "active" && fact.status !== "proposed") parts.push(t(`status_${fact.status}`));
  if (fact.valid_until) parts.push(t("until", { day: day(fact.valid_until) }));
  if (!source.message_id) parts.push(t("by_hand"));
  const made = make("p", "soft", parts.join(" · "));
  if (source.message_id && source.conversation_id) {
    made.append(" · ", toMessage(source.conversation_id, source.message_id, t("to_message")));
  }
  return made;
}

function tools(made, fact) {
  const part = make("div", "tools");
  part.append(...acts(made, fact));
  return part;
}

function acts(made, fact) {
  const past = button(t("history"), () => history(made, past, fact), "history");
  const edit = button(t("edit"), () => editing(made), "edit");
  past.setAttribute("aria-expanded", "false");
  if (fact.status === "proposed") {
    const yes = button(t("keep"), () => tried(made, () => change(fact.id, { status: "active" })), "yes");
    const no = button(t("do_not"), () => end(made, () => retract(fact.id), "is_wrong", fact), "no");
    return [yes, edit, no].map((each) => named(each, fact));
  }
  if (fact.status !== "active") {
    const back = button(t("restore"), () => tried(made, () => restore(fact.id)), "restore");
    return [named(back, fact), named(past, fact), endings(made, fact).at(-1)];
  }
  const pin = () => change(fact.id, { pinned: !fact.pinned });
  const pinned = button(t(fact.pinned ? "unpin" : "pin"), () => tried(made, pin), "pin");
  return [...[edit, pinned, past].map((each) => named(each, fact)), ...endings(made, fact)];
}

async function tried(made, doing) {
  try {
    await doing();
  } catch (error) {
    complain(made, error);
  }
}

/** Opens the editor of a fact, wherever it stands in the panel. */
export function editFact(element, id) {
  const made = element.querySelector(`[data-fact="${CSS.escape(id)}"]`);
  if (!made) return;
  made.scrollIntoView({ block: "center" });
  editing(made);
}

/** What is edited is the value; its sentence follows. A text of one's own is its own value. */
function editing(made) {
  const { fact } = made;
  const own = fact.value === fact.text;
  const form = make("form", "editing");
  const input = make("input");
  Object.assign(input, { value: fact.value, maxLength: LONGEST, required: true, dir: "auto" });
  input.setAttribute("aria-label", t("edit_fact", { text: fact.text }));
  const cancel = () => {
    form.replaceWith(tools(made, fact));
    made.querySelector("[data-do=edit]")?.focus();
  };
  form.append(input, make("button", "button", t("save")), button(t("cancel"), cancel, "cancel"));
  form.addEventListener("keydown", (key) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    cancel();
  });
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const value = input.value.trim();
    if (!value || value === fact.value) return cancel();
    try {
      const answer = change(fact.id, own ? { value, text: value } : { value });
      form.classList.remove("editing");
      await answer;
    } catch (error) {
      form.classList.add("editing");
      complain(made, error);
    }
  });
  made.querySelector(".tools").replaceWith(form);
  input.focus();
  input.select();
}

function addForm() {
  const form = make("form", "add");
  const input = make("input");
  Object.assign(input, { id: "fact-new", maxLength: LONGEST, required: true, dir: "auto" });
  Object.assign(input, { placeholder: t("add_fact_example"), autocomplete: "off" });
  input.setAttribute("aria-label", t("add_fact"));
  form.append(input, make("button", "button quiet", t("add")));
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    try {
      await state(input.value.trim());
      input.value = "";
    } catch (error) {
      complain(form, error);
    }
  });
  return form;
}

function pastSwitch(past, onPast) {
  const label = make("label", "switch");
  const box = make("input");
  Object.assign(box, { type: "checkbox", id: "facts-past", checked: past });
  box.addEventListener("change", () => onPast(box.checked));
  label.append(box, ` ${t("show_past")}`);
  return label;
}
