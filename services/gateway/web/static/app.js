// Boots the chat page: brings its parts together.

import { emit, on } from "./bus.js";
import { start as startComposer } from "./composer.js";
import { startIntro } from "./intro.js";
import { notice } from "./notice.js";
import { closeShown, drawer } from "./panel.js";
import { startSide } from "./side.js";
import { t } from "./texts.js";
import { start as startThread, view } from "./thread.js";

let dressed = null;

const part = (id) => document.getElementById(id);

/** The conversation that the page's address names. */
const addressed = () => {
  const [, id] = /^\/c\/([^/]+)$/.exec(location.pathname) ?? [];
  try {
    return id ? decodeURIComponent(id) : null;
  } catch {
    return null;
  }
};

function startPanels() {
  let wanted = null;
  drawer(part("side"), part("side-open"));
  const about = drawer(part("about"), part("about-open"), () => {
    emit("about-opened");
    showAbout(wanted);
    wanted = null;
  });
  on("about", ({ edit = null }) => {
    if (part("about").classList.contains("open")) {
      if (edit) showAbout(edit);
      return;
    }
    wanted = edit;
    part("about-open").click();
  });
  part("about-close").addEventListener("click", closeShown);
  on("conversation", about.close);
  // A link may lead to a message of the conversation that is open already.
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-do=why]")) dress();
    if (target.closest('#fresh, #side a[href^="/c/"], #about a[href^="/c/"]')) closeShown();
  });
}

/** Brings the style of what is shown on wish alone. */
function dress() {
  dressed ??= new Promise((come) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: "/static/about.css", onload: come, onerror: come });
    document.head.append(link);
  });
  return dressed;
}

async function showAbout(edit = null) {
  try {
    const [{ show }] = await Promise.all([import("/static/about.js"), dress()]);
    await show(part("about-body"), { edit });
  } catch (error) {
    reportError(error);
    notice(t("about_away"), [{ label: t("try_again"), act: () => showAbout(edit) }], { id: "about" });
  }
}

async function learn() {
  const { follow } = await import("/static/learn.js");
  follow();
}

startThread();
startSide();
startPanels();
startIntro();
startComposer();
emit("conversation", addressed());
addEventListener("popstate", () => {
  if (addressed() !== view().id) emit("conversation", addressed());
});
learn();
