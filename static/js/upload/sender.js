// Sends files, a few at a time. A broken connection is waited out; a file that is refused does not stop the others.

import { put, Refused, Unreachable } from "./requests.js";

const AT_ONCE = 3;
const LONGEST_WAIT_S = 30;
const GONE = "The file can no longer be read. Was it moved or changed since you chose it?";

/**
 * @typedef {import("./collect.js").Found} Found
 * @typedef {{found: Found, message: string}} Failure
 * @typedef {{onChange: () => void, onStop: (message: string) => void}} Listener
 */

export class Sender {
  /**
   * @param {Found[]} files
   * @param {string} url  where a file is PUT, without its name
   * @param {Listener} listener
   */
  constructor(files, url, listener) {
    this.waiting = [...files];
    this.url = url;
    this.listener = listener;
    this.totalFiles = files.length;
    this.totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
    this.doneFiles = 0;
    this.doneBytes = 0;
    /** @type {Map<Found, number>} */
    this.underWay = new Map();
    /** @type {Failure[]} */
    this.failures = [];
    this.retryInS = 0;
    this.control = new AbortController();
  }

  get sentBytes() {
    return [...this.underWay.values()].reduce((sum, sent) => sum + sent, this.doneBytes);
  }

  /** Resolves with true when every file was sent or refused, with false when it was paused or had to stop. */
  async run() {
    this.control = new AbortController();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work()));
    return this.waiting.length === 0 && !this.control.signal.aborted;
  }

  pause() {
    this.control.abort();
  }

  async #work() {
    while (this.waiting.length > 0 && !this.control.signal.aborted) {
      const found = this.waiting.shift();
      if (!(await this.#sendUntilDone(found))) this.waiting.unshift(found);
    }
  }

  /**
   * @param {Found} found
   * @returns {Promise<boolean>} whether the file is dealt with
   */
  async #sendUntilDone(found) {
    for (let attempt = 0; !this.control.signal.aborted; attempt += 1) {
      try {
        await this.#send(found);
        return true;
      } catch (error) {
        if (error instanceof Unreachable && !(await isReadable(found.file))) return this.#fail(found, GONE);
        if (error instanceof Unreachable) await this.#waitBeforeRetry(attempt);
        else if (error instanceof Refused && !stopsAll(error)) return this.#fail(found, error.message);
        else if (error instanceof Refused) this.#stop(error.message);
      } finally {
        this.underWay.delete(found);
        this.listener.onChange();
      }
    }
    return false;
  }

  /** @param {Found} found */
  async #send(found) {
    this.underWay.set(found, 0);
    const onSent = (sent) => {
      this.retryInS = 0;
      this.underWay.set(found, Math.min(sent, found.file.size));
      this.listener.onChange();
    };
    await put(`${this.url}?name=${encodeURIComponent(found.path)}`, found.file, onSent, this.control.signal);
    this.retryInS = 0;
    this.#count(found);
  }

  /** @param {Found} found */
  #count(found) {
    this.doneFiles += 1;
    this.doneBytes += found.file.size;
  }

  /**
   * @param {Found} found
   * @param {string} message
   */
  #fail(found, message) {
    this.failures.push({ found, message });
    this.#count(found);
    return true;
  }

  /** @param {string} message */
  #stop(message) {
    this.control.abort();
    this.listener.onStop(message);
  }

  /** @param {number} attempt */
  #waitBeforeRetry(attempt) {
    this.retryInS = Math.min(2 ** attempt, LONGEST_WAIT_S);
    this.listener.onChange();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.retryInS * 1000);
      const now = () => {
        clearTimeout(timer);
        resolve();
      };
      window.addEventListener("online", now, { once: true });
      this.control.signal.addEventListener("abort", now, { once: true });
    });
  }
}

/**
 * Signed out, not allowed, no such upload, or the study was sealed meanwhile: the next file would be refused too.
 * @param {Refused} error
 */
function stopsAll(error) {
  return [401, 403, 404, 409].includes(error.status);
}

/**
 * A file that is gone fails like a broken connection, but waiting does not help.
 * @param {File} file
 */
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
