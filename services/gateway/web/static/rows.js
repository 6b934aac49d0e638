// The rows of the list of conversations.

import { icon } from "./notice.js";
import { t } from "./texts.js";

/** The API takes no longer one. */
export const LONGEST_TITLE = 200;

/** The conversations in which an answer is being written. */
export const running = new Set();

/** What the list does for its rows. */
export const acts = {};

const rows = new Map();

/** The address of a conversation; null: of a new one. */
export const pathOf = (id) => (id ? `/c/${encodeURIComponent(id)}` : "/");

/** What a conversation is called. */
export const titleOf = (item) => item.title || t("untitled");

/** Lets go of a row that is not needed again. */
export const forget = (id) => rows.delete(id);

/** Makes a button that does something. */
export function button(className, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

/** The row of a conversation: the same element each time, so that focus stays on it. */
export function row(item) {
  const id = item.conversation_id;
  if (!rows.has(id)) rows.set(id, newRow(id));
  const made = rows.get(id);
  const [link, edit, bin] = made.querySelectorAll("a, button");
  const title = titleOf(item);
  made.item = item;
  link.href = pathOf(id) + location.search;
  link.firstChild.textContent = title;
  link.lastChild.textContent = running.has(id) ? t("running") : "";
  made.classList.toggle("running", running.has(id));
  if (location.pathname === pathOf(id)) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  link.title = title;
  edit.setAttribute("aria-label", t("rename_of", { title }));
  bin.setAttribute("aria-label", t("delete_of", { title }));
  return made;
}

function newRow(id) {
  const made = document.createElement("li");
  const link = document.createElement("a");
  const title = document.createElement("span");
  const state = document.createElement("span");
  title.dir = "auto";
  state.className = "unseen";
  link.dataset.id = id;
  link.append(title, state);
  made.append(link, tool("edit", () => edit(made)), tool("delete", () => acts.remove(made)));
  return made;
}

function tool(what, act) {
  const made = button("iconic", "", act);
  made.dataset.do = what;
  made.title = t(what === "edit" ? "rename" : "delete");
  made.append(icon(what));
  return made;
}

/** Lets the reader write another title in the row. */
function edit(made) {
  const { item } = made;
  const form = document.createElement("form");
  const input = document.createElement("input");
  Object.assign(input, { value: item.title ?? "", maxLength: LONGEST_TITLE, dir: "auto" });
  input.setAttribute("aria-label", t("title_label"));
  form.append(input);
  made.classList.add("editing");
  made.prepend(form);
  input.select();

  let open = true;
  const close = (back) => {
    // Taking the form away takes its focus, which would save once more.
    if (!open) return false;
    open = false;
    form.remove();
    made.classList.remove("editing");
    acts.render();
    if (back) made.querySelector("a").focus();
    return true;
  };
  const save = (back) => {
    const title = input.value.trim();
    if (close(back) && title !== (item.title ?? "")) acts.retitle(item, title);
  };
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    save(true);
  });
  input.addEventListener("blur", () => save(false));
  input.addEventListener("keydown", (key) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    close(true);
  });
}
