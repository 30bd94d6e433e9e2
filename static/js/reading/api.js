/**
 * HTTP for the reading station. What went wrong is a class, because each cause has its own way out:
 *
 * ApiError
 * ├── Unavailable      no connection, or the server failed: try again later
 * ├── NeedsSignIn      the session ended: sign in again
 * ├── CheckFirst       the display is to be checked before another pair is shown
 * ├── NotYours         unknown to this person (404): somebody else is signed in
 * ├── Conflict         another tab wrote first (409): carries the server's state
 * └── Refused          the server will never do this (400, or 409 because the study is locked)
 */

const TIMEOUT_MS = 20_000;
const DISPLAY_CHECK = /\/display-check\//;

export class ApiError extends Error {}
export class Unavailable extends ApiError {}
export class NeedsSignIn extends ApiError {}
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

/** @param {string} url @param {RequestInit} init @returns {Promise<Response>} */
async function ask(url, init) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    return await fetch(url, { credentials: "same-origin", cache: "no-store", ...init, signal });
  } catch (cause) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw new Unavailable("There is no connection to the server.", { cause });
  }
}

/** @param {Response} response @param {string} kind @returns {Promise<any>} the body, or throws its cause */
async function bodyOf(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  if (response.ok && !response.redirected && isJson) return response.json();
  if (response.status === 401 || response.redirected) throw new NeedsSignIn("The session has ended.");
  if (response.status === 403) throw new Forbidden("The token of the page is no longer valid.");
  if (response.status === 404) throw new NotYours("There is no such reading for this person.");
  const answer = isJson ? await response.json() : {};
  if (response.status === 409 && answer.error === "version") throw new Conflict(answer.state);
  if (response.status === 400 || response.status === 409) throw new Refused(answer);
  throw new Unavailable(`The server answered ${response.status}.`);
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
    return bodyOf(await ask(url, init));
  }
}
