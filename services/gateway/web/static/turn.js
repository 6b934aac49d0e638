// One question with its answer on the page.

import { t, tn } from "./texts.js";
import { addPlain, button, copyText, make, setBlocks, wipe } from "./markup.js";

const language = document.documentElement.lang;
const rounded = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const written = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** A question, its answer, or both; `act` is what the thread does for its buttons. */
export class Turn {
  constructor({ question = null, turnId = null, conversationId = null, act = {} }) {
    Object.assign(this, { question, turnId, conversationId, act });
    this.answer = "";
    this.memory = null;
    this.item = make("li", "turn");
    this.item.turn = this;
    if (question !== null) this.item.append(this.#questionPart());
    this.item.append(this.#answerPart());
    if (turnId) this.named(turnId, conversationId);
    this.#state("waiting");
    this.note(t("thinking"));
  }

  #questionPart() {
    const part = make("div", "question");
    this.asked = make("p", "words", this.question);
    this.asked.dir = "auto";
    const tools = make("div", "tools");
    tools.append(button(t("edit"), () => this.edit(), "edit"));
    const words = make("div", "bubble");
    words.append(make("span", "unseen", `${t("you")}: `), this.asked);
    part.append(words, tools);
    return part;
  }

  #answerPart() {
    const part = make("div", "answer");
    this.text = make("div", "words");
    this.text.dir = "auto";
    this.meta = make("p", "meta");
    this.tools = make("div", "tools");
    const copy = button(t("copy"), () => copyText(this.answer, copy), "copy");
    const again = button(t("regenerate"), () => this.act.again?.(this), "regenerate");
    this.tools.append(copy, again);
    part.append(this.text, this.meta, this.tools);
    return part;
  }

  #state(state) {
    this.state = state;
    this.item.dataset.state = state;
    if (this.ended) this.act.ended?.(this);
  }

  /** Whether the answer has come to an end of any kind. */
  get ended() {
    return !["waiting", "writing"].includes(this.state);
  }

  /** The id of its question's message, once it has one. */
  get messageId() {
    return this.item.dataset.message ?? null;
  }

  /** Learns which turn it is. */
  named(turnId, conversationId) {
    this.turnId = turnId;
    this.conversationId = conversationId;
    this.item.dataset.message = `${turnId}-u`;
    this.item.dataset.answer = `${turnId}-a`;
  }

  /** Takes one event of its stream. */
  take(event, value) {
    if (event === "start") this.#begin();
    else if (event === "token") this.#add(value.text);
    else if (event === "reset") this.#begin(true);
    else if (event === "html") this.#blocks(value.from, value.blocks);
    else if (event === "done") this.done(value);
    else if (event === "error") this.#error(value);
  }

  /** A stream tells all from its start; what is rendered stands until the new comes. */
  #begin(again = false) {
    this.answer = "";
    if (again || this.text.dataset.plain) wipe(this.text);
  }

  #add(text) {
    this.answer += text;
    if (!this.text.childElementCount) addPlain(this.text, text);
    this.note("");
    this.#state("writing");
  }

  #blocks(from, blocks) {
    setBlocks(this.text, from, blocks);
    this.#state("writing");
  }

  #error(problem) {
    if (problem.status === 409) this.stopped();
    else this.failed(problem);
  }

  /** Shows the complete answer, and who gave it. */
  done(body) {
    this.#shown(body.reply.content, body.reply.html);
    this.memory = body.memory;
    const seconds = (body.timings?.total_ms ?? 0) / 1000;
    const parts = [body.model];
    if (body.degraded?.includes("demonstration-model")) parts.push(t("demonstration"));
    if (seconds) parts.push(`${rounded.format(seconds)}\u00a0${t("seconds")}`);
    this.note(parts.join(" · "));
    const known = (this.memory?.facts?.length ?? 0) + (this.memory?.recalled?.length ?? 0);
    this.#why(known ? tn("knew", known) : t("why"));
    this.#state("done");
  }

  #shown(content, html) {
    this.answer = content;
    if (html) {
      setBlocks(this.text, 0, html);
    } else {
      wipe(this.text);
      addPlain(this.text, content);
    }
  }

  #why(label) {
    const asked = button(label, () => this.#explain(asked), "why");
    asked.title = t("why_title");
    this.meta.append(this.meta.textContent ? " · " : "", asked);
  }

  async #explain(asked) {
    const { why } = await import("./why.js");
    why(this, asked);
  }

  /** Shows an answer out of the history. */
  remembered(message) {
    this.item.dataset.answer = message.id;
    this.#shown(message.content, message.html);
    const parts = [message.model, message.role === "assistant" ? message.name : null];
    if (message.status === "cancelled") parts.push(t("stopped"));
    if (message.status === "failed") parts.push(t("broken_off"));
    parts.push(written.format(new Date(message.time)));
    this.note(parts.filter(Boolean).join(" · "));
    this.turnId = message.id.endsWith("-a") ? message.id.slice(0, -2) : null;
    if (this.turnId && message.status === "complete") this.#why(t("why"));
    this.#state({ cancelled: "stopped", failed: "failed" }[message.status] ?? "done");
  }

  /** Waits for an answer again. */
  wait() {
    wipe(this.text);
    this.answer = "";
    this.note(t("thinking"));
    this.#state("waiting");
  }

  /** A question that nobody answered. */
  unanswered(note = "") {
    this.note(note);
    this.#state("bare");
  }

  /** Shows why there is no answer, or no more of it, and what can be done. */
  failed({ status = 0, detail = "" }) {
    const hint = t(`error_${status}`);
    // Hints are in the reader's language; what the API says is exact.
    this.note([hint.startsWith("error_") ? "" : hint, detail].filter(Boolean).join(" ") || t("failed"));
    const again = button(t("try_again"), () => this.act.retry?.(this), "retry");
    this.meta.append(" ", again);
    this.#state("failed");
  }

  /** Shows that the reader stopped it. */
  stopped() {
    this.note(t("stopped"));
    this.#state("stopped");
  }

  /** Says something beneath the answer. */
  note(text) {
    if (this.meta.textContent !== text) this.meta.textContent = text;
  }

  /** Opens an editor in place of the question. */
  edit() {
    if (this.item.querySelector(".editor")) return;
    const form = make("form", "editor");
    const area = make("textarea");
    area.value = this.question;
    area.setAttribute("aria-label", t("edit_label"));
    area.rows = Math.min(12, this.question.split("\n").length + 1);
    const ok = make("button", "button", t("resend"));
    const bubble = this.item.querySelector(".bubble");
    const close = () => {
      form.remove();
      bubble.hidden = false;
      this.item.querySelector("[data-do=edit]").focus();
    };
    form.append(area, ok, button(t("cancel"), close, "cancel"));
    form.addEventListener("keydown", (key) => {
      if (key.key === "Escape") close();
      else if (key.key === "Enter" && !key.shiftKey && !key.isComposing && key.target === area) {
        key.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      const prompt = area.value.trim();
      if (!prompt || this.act.busy?.()) return;
      close();
      this.act.resend?.(this, prompt);
    });
    bubble.hidden = true;
    bubble.after(form);
    area.focus();
  }
}
