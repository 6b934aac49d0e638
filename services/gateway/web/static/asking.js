// What is asked in the conversation in view, and the turns that run in it.

import { follow, mayHaveArrived, newId, openTurn, openTurns, sending, stateOf, stopTurn } from "./ask.js";
import { emit } from "./bus.js";
import { toEnd } from "./scroll.js";
import { t } from "./texts.js";
import { Turn } from "./turn.js";
import { changed, find, from, log, now, setAddress, trouble } from "./view.js";

/** What a turn's buttons do, and its end. */
export const act = { again, retry, resend, busy: () => Boolean(now.running), ended };

/** Asks something; `replaces` is the message that it supersedes, `instead` that message's turn. */
export function ask({ prompt, model, replaces = null, instead = null }) {
  if (now.running || !prompt) return;
  const body = { prompt, conversation_id: now.id ?? "new" };
  const chosen = model ?? act.model?.();
  if (chosen) body.model = chosen;
  if (replaces) body.replaces = replaces;
  if (now.incognito) body.memory = "off";
  const turn = new Turn({ question: prompt, conversationId: now.id, act });
  // What failed may never have been kept: then there is nothing to replace.
  turn.unkept = instead !== null && instead.state !== "done";
  turn.sent = { body, key: newId(), gone: instead ? from(instead.item) : [] };
  log.append(turn.item);
  send(turn);
}

async function send(turn) {
  const { body, key, gone } = turn.sent;
  const { signal } = now.opened;
  for (const item of gone) item.hidden = true;
  running(turn);
  toEnd();
  if (!body.memory) sending.put(key, { conversationId: now.id, body });
  try {
    const opened = await openTurn(body, key);
    sending.drop(key);
    for (const item of gone) item.remove();
    started(turn, opened, signal);
  } catch (error) {
    if (!mayHaveArrived(error)) sending.drop(key);
    if (!signal.aborted) refused(turn, error);
  }
}

function running(turn) {
  now.running = turn;
  turn.attended = true;
  changed();
}

function refused(turn, error) {
  const { body, gone } = turn.sent;
  if (error.status === 404 && body.replaces && turn.unkept) {
    turn.sent = { body: { ...body, replaces: undefined }, key: newId(), gone };
    turn.unkept = false;
    send(turn);
    return;
  }
  for (const item of gone) item.hidden = false;
  turn.unknown = mayHaveArrived(error);
  turn.failed(error);
}

function started(turn, { turn_id: turnId, conversation_id: conversationId }, signal) {
  const { prompt, replaces, memory } = turn.sent.body;
  turn.named(turnId, conversationId);
  if (!signal.aborted && now.id !== conversationId) {
    now.id = conversationId;
    setAddress();
    changed();
  }
  if (!memory) {
    openTurns.put(turnId, { conversationId, prompt, replaces });
    emit("turn-started", { conversationId, turnId, prompt, replaces });
  }
  if (turn.stopWanted) stopTurn(turnId).catch(() => {});
  if (!signal.aborted) attend(turn);
}

/** Follows a turn that is in view. */
async function attend(turn) {
  const { signal } = now.opened;
  running(turn);
  const kept = await follow(turn, signal);
  if (!signal.aborted && !kept) turn.failed({ detail: t("turn_gone") });
}

/** What there is to do when a turn in view has ended. */
function ended(turn) {
  if (!turn.attended) return;
  turn.attended = false;
  if (now.running === turn) now.running = null;
  changed();
  if (!turn.turnId || turn.sent?.body.memory) return;
  openTurns.drop(turn.turnId);
  emit("turn-ended", { conversationId: turn.conversationId });
}

/** Stops the answer that is being written. */
export function stop() {
  const turn = now.running;
  if (!turn) return;
  turn.note(t("stopping"));
  if (!turn.turnId) turn.stopWanted = true;
  else stopTurn(turn.turnId).catch((error) => error.status !== 404 && trouble(error, stop));
}

/** Takes up what ran when the conversation was left. */
export function resume() {
  for (const entry of openTurns.of(now.id)) join({ turnId: entry.id, ...entry });
  if (now.id && !now.running) pickUp();
}

/** Asks again what was under way when the page was left; the same key asks nothing twice. */
export function askUnsent() {
  for (const { id: key, body } of sending.of(now.id)) {
    if (now.running) return;
    const turn = new Turn({ question: body.prompt, conversationId: now.id, act });
    turn.sent = { body, key, gone: gone(body.replaces) };
    log.append(turn.item);
    send(turn);
  }
}

function gone(replaced) {
  const item = replaced && find(replaced);
  return item ? from(item) : [];
}

/** Follows the last question where it has no answer: it may be running, asked elsewhere. */
async function pickUp() {
  const turn = log.lastElementChild?.turn;
  const { signal } = now.opened;
  if (!turn?.open || !turn.turnId) return;
  const state = await stateOf(turn.turnId).catch(() => null);
  if (signal.aborted || now.running || !["queued", "running"].includes(state?.status)) return;
  turn.wait();
  attend(turn);
}

/** Follows a turn of this conversation that another tab, or this one before, has asked. */
export function join({ turnId, prompt, replaces }) {
  const there = find(`${turnId}-u`)?.turn;
  if (there?.attended) return;
  if (there && !there.open) {
    openTurns.drop(turnId);
    return;
  }
  there?.item.remove();
  for (const item of gone(replaces)) item.remove();
  const turn = new Turn({ question: prompt, turnId, conversationId: now.id, act });
  log.append(turn.item);
  toEnd();
  attend(turn);
}

function again(turn) {
  if (turn.question !== null) resend(turn, turn.question);
}

function resend(turn, prompt) {
  ask({ prompt, replaces: turn.messageId, instead: turn });
}

/** Tries again: with the same key where it is unknown whether the question arrived. */
function retry(turn) {
  if (now.running) return;
  if (!turn.sent || turn.messageId) {
    again(turn);
    return;
  }
  if (!turn.unknown) turn.sent.key = newId();
  turn.wait();
  send(turn);
}
