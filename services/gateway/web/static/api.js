// Calls the API through the page's own server.

import { t } from "./texts.js";

/** Why a call failed; `detail` is always fit to be shown. `status` 0: there was no answer. */
export class ProblemError extends Error {
  constructor({ status = 0, title = "", detail, retryAfter = null }) {
    super(detail);
    Object.assign(this, { name: "ProblemError", status, title, detail, retryAfter });
  }
}

/** Calls the API and returns the answer's JSON; null where it has none. */
export async function call(method, path, { body, headers = {}, signal, keepalive } = {}) {
  const sent = { Accept: "application/json", ...headers };
  const given = packed(body, sent);
  const answer = await answered(path, { method, headers: sent, body: given, signal, keepalive });
  if (!answer.ok) throw await problem(answer);
  try {
    const text = await answer.text();
    return text ? JSON.parse(text) : null;
  } catch (error) {
    throw lost(error);
  }
}

/** Turns plain values into JSON; files and strings go as they are. */
function packed(body, headers) {
  if (body === undefined || body instanceof Blob || typeof body === "string") return body;
  headers["Content-Type"] ??= "application/json";
  return JSON.stringify(body);
}

async function answered(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    throw lost(error);
  }
}

const lost = (error) =>
  error.name === "AbortError" ? error : new ProblemError({ detail: t("api_away") });

/** Reads why the server refused. */
export async function problem(answer) {
  const told = await answer.json().catch(() => ({}));
  const after = Number.parseInt(answer.headers.get("retry-after"), 10);
  return new ProblemError({
    status: answer.status,
    title: text(told.title),
    detail: text(told.detail) || text(told.title) || t("api_error", { status: answer.status }),
    retryAfter: Number.isNaN(after) ? null : after,
  });
}

const text = (value) => (typeof value === "string" ? value : "");
