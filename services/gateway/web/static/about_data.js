// All that is remembered, as a whole: take it along, bring it back, delete it.

import { call } from "./api.js";
import { emit } from "./bus.js";
import { complain } from "./fact_acts.js";
import { ME } from "./facts.js";
import { make } from "./markup.js";
import { t, tn } from "./texts.js";

const KEPT = "membus:";
const HEAD_BYTES = 4096;

/** The section of the data as a whole. */
export function dataPart() {
  const part = make("section", "data");
  part.append(make("h3", "", t("data")), exportLink(), importForm(), deleteForm());
  return part;
}

function exportLink() {
  const made = make("p", "line");
  const link = make("a", "button quiet", t("export"));
  Object.assign(link, { href: `${ME}/export`, download: "", id: "export" });
  made.append(link, make("span", "soft", t("export_hint")));
  return made;
}

function importForm() {
  const form = make("form", "line");
  const label = make("label", "button quiet", t("import"));
  const file = make("input", "unseen");
  const said = make("span", "soft", t("import_hint"));
  Object.assign(file, { type: "file", accept: ".ndjson,application/x-ndjson", id: "import" });
  said.setAttribute("role", "status");
  label.append(file);
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) await bring(form, said, chosen);
  });
  form.append(label, said);
  return form;
}

async function bring(form, said, file) {
  form.dataset.busy = "1";
  form.querySelector(".trouble")?.remove();
  said.textContent = t("importing", { name: file.name });
  try {
    const headers = { "Content-Type": "application/x-ndjson" };
    const counts = await call("POST", `${ME}/import${await from(file)}`, { body: file, headers });
    said.textContent = t("imported", counts);
    emit("memory-changed", {});
    emit("conversations-changed", {});
  } catch (error) {
    said.textContent = t("import_hint");
    complain(form, error);
  } finally {
    delete form.dataset.busy;
  }
}

/** An export of another browser's is taken over on purpose: the file says whose it is. */
async function from(file) {
  try {
    const [head] = (await file.slice(0, HEAD_BYTES).text()).split("\n");
    const { user_id: sender } = JSON.parse(head);
    const { user_id: me } = await call("GET", "/auth/me");
    return sender && sender !== me ? `?from=${encodeURIComponent(sender)}` : "";
  } catch {
    // Then it is no export, and the server says what is wrong with it.
    return "";
  }
}

function deleteForm() {
  const form = make("form", "delete");
  const word = t("delete_word");
  const label = make("label", "", t("delete_all_hint", { word }));
  const input = make("input");
  const ok = make("button", "button danger", t("delete_all"));
  Object.assign(input, { id: "delete-word", autocomplete: "off", spellcheck: false });
  ok.disabled = true;
  input.addEventListener("input", () => {
    ok.disabled = input.value.trim().toLowerCase() !== word.toLowerCase();
  });
  label.append(input);
  form.append(label, ok);
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    if (!ok.disabled) forgetAll(form, ok);
  });
  return form;
}

async function forgetAll(form, ok) {
  ok.disabled = true;
  form.dataset.busy = "1";
  form.querySelector(".trouble")?.remove();
  try {
    const receipt = await call("DELETE", ME);
    forgetHere();
    form.replaceChildren(...shown(receipt));
    form.querySelector("a").focus();
  } catch (error) {
    ok.disabled = false;
    delete form.dataset.busy;
    complain(form, error);
  }
}

/** Drafts and open turns in this browser go, too. */
function forgetHere() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(KEPT)) localStorage.removeItem(key);
  } catch {
    // Forbidden: then there is nothing.
  }
}

function shown({ redis_keys: keys, rows, events }) {
  const words =
    keys === undefined
      ? t("delete_later")
      : [t("deleted_all"), tn("gone_keys", keys), tn("gone_rows", rows ?? 0), tn("gone_events", events)].join(" ");
  const said = make("p", "receipt-of-all", words);
  said.setAttribute("role", "status");
  const anew = make("a", "button", t("begin_anew"));
  anew.href = "/";
  return [said, anew];
}
