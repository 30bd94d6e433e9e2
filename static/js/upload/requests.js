// The three requests of an upload: begin, one PUT a file, finish.

/** @typedef {{upload: string, file_url: string, finish_url: string, cancel_url: string}} Begun */

/** The server understood and said no: sending the same again would not help. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Nothing or only a temporary error came back: worth another try. */
export class Unreachable extends Error {}

const token = () => document.querySelector("meta[name=csrf-token]").content;

/**
 * @param {string} url
 * @param {Record<string, string>} [fields]
 * @returns {Promise<any>}
 */
export async function post(url, fields = {}) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": token(), Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
  } catch {
    throw new Unreachable("The server does not answer.");
  }
  return answerOf(response.status, await response.text());
}

/**
 * A PUT by XMLHttpRequest, because fetch does not tell how much of a body was sent.
 * @param {string} url
 * @param {File} file
 * @param {(sent: number) => void} onSent
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export function put(url, file, onSent, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onerror = () => reject(new Unreachable("The connection broke."));
    request.onabort = () => reject(new DOMException("Paused", "AbortError"));
    request.onload = () => {
      try {
        resolve(answerOf(request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/**
 * @param {number} status
 * @param {string} text
 */
function answerOf(status, text) {
  const body = parsed(text);
  if (status >= 200 && status < 300) return body;
  if (status >= 500) throw new Unreachable(body.message ?? "The server is in trouble.");
  if (status === 401) throw new Refused("You are signed out. Sign in in another tab, then go on.", status);
  throw new Refused(body.message ?? `The server said no (${status}).`, status);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
