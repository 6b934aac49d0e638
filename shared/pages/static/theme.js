// Light or dark: as the system has it, or as the reader wants it; a button #theme goes round them.

const THEMES = ["auto", "light", "dark"];
const KEY = "membus:theme";

const wanted = () => {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    return "auto";
  }
};

function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Forbidden: then it holds for this page only.
  }
}

const button = document.getElementById("theme");

function show(theme) {
  document.documentElement.dataset.theme = theme;
  if (button) button.querySelector("span").textContent = button.dataset[theme];
}

show(wanted());
button?.addEventListener("click", () => {
  const now = document.documentElement.dataset.theme;
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
  keep(next);
  show(next);
});
addEventListener("storage", (change) => change.key === KEY && show(wanted()));
