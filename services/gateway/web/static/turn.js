// One question with its answer on the page. Whatever a model says is text, never markup.

const log = document.getElementById("log");
const template = document.getElementById("turn");
const NEAR_END_PX = 120;
const rounded = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

/** Shows a question and returns where its answer goes. */
export class Turn {
  constructor(question) {
    const item = template.content.cloneNode(true).firstElementChild;
    item.querySelector(".who").textContent = `${log.dataset.you}: `;
    item.querySelector(".question .words").textContent = question;
    this.item = item;
    this.text = item.querySelector(".answer .words");
    this.meta = item.querySelector(".meta");
    this.meta.textContent = log.dataset.thinking;
    item.dataset.state = "waiting";
    log.append(item);
    log.setAttribute("aria-busy", "true");
    toEnd();
  }

  /** Adds text of the answer. */
  add(text) {
    this.item.dataset.state = "writing";
    const follow = nearEnd();
    this.text.append(text);
    if (follow) toEnd();
  }

  /** Forgets the text so far: generation begins anew. */
  reset() {
    this.text.textContent = "";
  }

  /** Shows the complete answer and who gave it. */
  done(body) {
    this.text.textContent = body.reply.content;
    const parts = [body.model];
    if (body.degraded.includes("demonstration-model")) parts.push(log.dataset.demonstration);
    const seconds = (body.timings.total_ms ?? 0) / 1000;
    if (seconds) parts.push(`${rounded.format(seconds)}\u00a0${log.dataset.seconds}`);
    this.end("done", parts.join(" · "));
  }

  /** Shows why there is no answer, or no more of it. */
  failed(detail) {
    this.end("failed", detail || log.dataset.lost);
  }

  /** Shows that the reader stopped it. */
  stopped() {
    this.end("stopped", log.dataset.stopped);
  }

  end(state, meta) {
    const follow = nearEnd();
    this.item.dataset.state = state;
    this.meta.textContent = meta;
    log.setAttribute("aria-busy", "false");
    if (follow) toEnd();
  }

  /** Whether the answer has come to an end of any kind. */
  get ended() {
    return !["waiting", "writing"].includes(this.item.dataset.state);
  }
}

function toEnd() {
  scrollTo({ top: document.documentElement.scrollHeight });
}

function nearEnd() {
  const page = document.documentElement;
  return page.scrollHeight - innerHeight - scrollY < NEAR_END_PX;
}
