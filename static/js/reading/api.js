/**
 * HTTP for the reading station. What went wrong is a class, because each cause has its own way out:
 *
 * ApiError
 * ├── Unavailable      no connection, or no server behind it: try again later
 * │   └── CannotSave   the server is there, but it failed or its disk is full: try again later
 * ├── NeedsSignIn      the session ended: sign in again
 * ├── Paused           the pair may not be opened yet: its page says until when
 * ├── CheckFirst       the display is to be checked before another pair is shown
 * ├── NotYours         unknown to this person (404): somebody else is signed in
 * ├── Conflict         another tab wrote first (409): carries the server's state
 * └── Refused          the server will never do this (400, or 409 because the study is locked)
 */

import { serverClock } from "./serverclock.js";

const TIMEOUT_MS = 20_000;
const POST_TIMEOUT_MS = 10_000; // a key makes a second attempt harmless
const GATEWAY = [502, 503, 504]; // what a proxy answers while nobody stands behind it
const DISPLAY_CHECK = /\/display-check\//;

export class ApiError extends Error {}
export class Unavailable extends ApiError {}
export class CannotSave extends Unavailable {}
export class NeedsSignIn extends ApiError {}
export class Paused extends ApiError {}
export class CheckFirst extends ApiError {}
export class NotYours extends ApiError {}

export class Conflict extends ApiError {
  /** @param {{version: number, answers: object, finished: boolean}} state */
  constructor(state) {
    super("Another window wrote first.");
    this.state = state;
  }
}

export class Refused extends ApiError {
  /** @param {{error?: string, message?: string, missing?: string[]}} answer */
  constructor(answer) {
    super(answer.message ?? answer.error ?? "The server refused the change.");
    this.code = answer.error ?? "refused";
    this.missing = answer.missing ?? [];
  }
}

/** The CSRF token is stale (after signing in again): stays in this file, answered by fetching a fresh one. */
class Forbidden extends ApiError {}

/** @param {string} url @param {RequestInit} init @param {number} [timeoutMs] @returns {Promise<Response>} */
async function ask(url, init, timeoutMs = TIMEOUT_MS) {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...init, signal });
    serverClock.hear(response.headers.get("Date"));
    return response;
  } catch (cause) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw new Unavailable("There is no connection to the server.", { cause });
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function jsonOf(response) {
  try {
    return await response.json();
  } catch (cause) {
    throw new Unavailable("The server's answer was cut off.", { cause });
  }
}

/** @param {Response} response @returns {Promise<any>} the body, or throws its cause */
async function bodyOf(response) {
  const { status } = response;
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  if (response.ok && !response.redirected && isJson) return jsonOf(response);
  if (status === 401 || response.redirected) throw new NeedsSignIn("The session has ended.");
  if (status === 403) throw new Forbidden("The token of the page is no longer valid.");
  if (status === 404) throw new NotYours("There is no such reading for this person.");
  const answer = isJson ? await jsonOf(response) : {};
  if (status === 409 && answer.error === "version") throw new Conflict(answer.state);
  // Only our own server refuses for good; a proxy that says 400 knows nothing of scores.
  if ((status === 400 || status === 409) && answer.error) throw new Refused(answer);
  if (status >= 500 && !GATEWAY.includes(status)) throw new CannotSave(`The server answered ${status}.`);
  throw new Unavailable(`The server answered ${status}.`);
}

export class Api {
  /** @param {string} csrfToken @param {() => Promise<string>} freshToken */
  constructor(csrfToken, freshToken) {
    this.csrfToken = csrfToken;
    this.freshToken = freshToken;
  }

  /** @param {string} url @param {AbortSignal} [signal] @returns {Promise<Response>} for pages and slices */
  static async get(url, signal) {
    const response = await ask(url, { signal });
    if (response.redirected && DISPLAY_CHECK.test(response.url)) throw new CheckFirst(response.url);
    if (response.status === 401 || response.redirected) throw new NeedsSignIn("The session has ended.");
    if (response.status === 404) throw new NotYours("There is no such reading for this person.");
    if (response.status === 409) throw new Refused({ error: "closed" });
    if (!response.ok) throw new Unavailable(`The server answered ${response.status}.`);
    return response;
  }

  /** @param {string} url @param {AbortSignal} [signal] @returns {Promise<any>} */
  async getJson(url, signal) {
    return bodyOf(await ask(url, { signal, headers: { Accept: "application/json" } }));
  }

  /** @param {string} url @param {object} body @returns {Promise<any>} */
  async post(url, body) {
    try {
      return await this.#postOnce(url, body);
    } catch (error) {
      if (!(error instanceof Forbidden)) throw error;
    }
    this.csrfToken = await this.freshToken();
    try {
      return await this.#postOnce(url, body);
    } catch (error) {
      throw error instanceof Forbidden ? new NeedsSignIn("The session has ended.") : error;
    }
  }

  async #postOnce(url, body) {
    const headers = {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": this.csrfToken,
    };
    // keepalive: a save that was just made survives closing the tab.
    const init = { method: "POST", headers, keepalive: true, body: JSON.stringify(body) };
    return bodyOf(await ask(url, init, POST_TIMEOUT_MS));
  }

  /**
   * @param {string} url @param {{username: string, password: string, code: string}} person
   * @returns {Promise<void>} Rejects with Refused: its code is `login`, `code` (one is needed) or `wait` (too many tries).
   */
  async signInAgain(url, person) {
    const { csrf_token } = await this.getJson(url);
    const headers = { Accept: "application/json", "X-CSRFToken": csrf_token };
    const response = await ask(url, { method: "POST", headers, body: new URLSearchParams(person) }, POST_TIMEOUT_MS);
    if (response.status === 401 || response.status === 429) throw new Refused(await jsonOf(response));
    this.csrfToken = (await bodyOf(response)).csrf_token;
  }
}
