// Parts that slide in over the page: the conversations on a phone, and what is remembered.

const scrim = document.getElementById("scrim");
// A notice's buttons and a dialog can be reached whatever is open.
const ABOVE = new Set(["notices", "dialogs", "scrim"]);

let shown = null;

/** Makes a part one that a button opens; `opened` is called each time. */
export function drawer(part, opener, opened = () => {}) {
  const made = { part, opener, back: opener };
  opener.addEventListener("click", () => {
    show(made);
    opened();
  });
  return { close: () => shown === made && closeShown() };
}

function show(made) {
  closeShown();
  shown = made;
  made.back = document.activeElement === document.body ? made.opener : document.activeElement;
  made.part.classList.add("open");
  made.opener.setAttribute("aria-expanded", "true");
  scrim.hidden = false;
  others((other) => (other.inert = true));
  made.part.tabIndex = -1;
  made.part.focus({ preventScroll: true });
}

/** Closes what is open over the page, and goes back to where the reader was. */
export function closeShown() {
  if (!shown) return;
  const { part, opener, back } = shown;
  part.classList.remove("open");
  opener.setAttribute("aria-expanded", "false");
  scrim.hidden = true;
  others((other) => (other.inert = false));
  shown = null;
  back.focus({ preventScroll: true });
}

function others(change) {
  for (const other of document.body.children) {
    if (other !== shown.part && !ABOVE.has(other.id)) change(other);
  }
}

scrim.addEventListener("click", closeShown);
document.addEventListener("keydown", (key) => {
  const taken = key.defaultPrevented || document.querySelector("dialog[open]");
  if (key.key === "Escape" && !taken) closeShown();
});
