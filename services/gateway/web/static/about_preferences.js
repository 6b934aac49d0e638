// How you are answered, and whether facts are kept at once, after asking, or not at all.

import { call } from "./api.js";
import { emit } from "./bus.js";
import { complain } from "./fact_acts.js";
import { ME } from "./facts.js";
import { button, make } from "./markup.js";
import { KNOWN, preferenceName, preferenceValue } from "./preference_names.js";
import { t } from "./texts.js";

const POLICIES = ["automatic", "ask", "off"];
const POLICY = "fact_policy";
const OWN = "";

async function put(changes) {
  await call("PUT", `${ME}/preferences`, { body: changes });
  emit("memory-changed", {});
}

/** The choice of what happens with what is found in one's messages. */
export function policyPart({ preferences }) {
  const part = make("fieldset", "policy");
  part.append(make("legend", "", t("policy")));
  const current = preferences[POLICY] ?? "automatic";
  for (const policy of POLICIES) part.append(choice(part, policy, policy === current));
  return part;
}

function choice(part, policy, checked) {
  const label = make("label");
  const radio = make("input");
  Object.assign(radio, { type: "radio", name: POLICY, value: policy, checked, id: `policy-${policy}` });
  radio.addEventListener("change", () => put({ [POLICY]: policy }).catch((error) => complain(part, error)));
  const words = make("span");
  words.append(make("b", "", t(`policy_${policy}`)), " ", make("span", "soft", t(`policy_${policy}_hint`)));
  label.append(radio, words);
  return label;
}

/** The section of preferences. */
export function preferencesPart({ preferences }) {
  const part = make("section", "preferences");
  const list = make("ul", "rows");
  const set = Object.entries(preferences).filter(([key]) => key !== POLICY);
  list.append(...set.map(row));
  part.append(make("h3", "", t("preferences")), make("p", "soft", t("preferences_hint")));
  if (set.length) part.append(list);
  part.append(addForm());
  return part;
}

function row([key, value]) {
  const made = make("li", "row line");
  made.dataset.key = `preference-${key}`;
  const words = make("p", "text", `${preferenceName(key)}: ${preferenceValue(value)}`);
  words.dir = "auto";
  const tools = make("div", "tools");
  const remove = button(t("remove"), () => put({ [key]: null }).catch((error) => complain(made, error)), "remove");
  remove.setAttribute("aria-label", `${t("remove")}: ${preferenceName(key)}`);
  tools.append(remove);
  made.append(words, tools);
  return made;
}

function addForm() {
  const form = make("form", "add");
  const select = make("select");
  const own = make("input");
  const value = make("input");
  select.setAttribute("aria-label", t("preference_which"));
  for (const key of [...KNOWN, OWN]) {
    const option = make("option", "", key ? preferenceName(key) : t("preference_own"));
    option.value = key;
    select.append(option);
  }
  Object.assign(own, { hidden: true, maxLength: 200, placeholder: t("preference_key") });
  Object.assign(value, { required: true, maxLength: 1000, placeholder: t("preference_value"), dir: "auto" });
  Object.assign(value, { id: "preference-new", autocomplete: "off" });
  own.setAttribute("aria-label", t("preference_key"));
  value.setAttribute("aria-label", t("preference_value"));
  select.addEventListener("change", () => {
    own.hidden = select.value !== OWN;
    own.required = !own.hidden;
  });
  form.append(select, own, value, make("button", "button quiet", t("add")));
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const key = select.value || own.value.trim();
    try {
      await put({ [key]: value.value.trim() });
    } catch (error) {
      complain(form, error);
    }
  });
  return form;
}
