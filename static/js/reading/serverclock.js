/**
 * The server's time, reckoned from what it said: answers carry when they were given, and clocks of machines differ.
 *
 * What the server says is old when it arrives, so each word of it is a lower bound, and the highest is the best. All
 * pages of a browser share what they heard and the last time they told: of two answers given one after the other in
 * two windows, or before and after a reload, the second is never the older one, however little its page has heard.
 */

const SHARED = "readerstudy.clock";
const SHARED_FOR_MS = 600_000; // the clock of the machine may be set meanwhile

/** @returns {Storage | null} where the browser allows one */
function storage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

export class ServerClock {
  /** @param {() => number} now milliseconds by the clock of this machine @param {Storage | null} shared by all pages */
  constructor(now = Date.now, shared = null) {
    this.now = now;
    this.shared = shared;
    this.aheadMs = -Infinity;
    this.last = 0;
  }

  /** @param {string | null | undefined} time a Date header, or ISO 8601 */
  hear(time) {
    const ahead = Date.parse(time ?? "") - this.now();
    if (!(ahead > this.aheadMs)) return;
    this.aheadMs = ahead;
    this.#share();
  }

  /** @returns {string} ISO 8601; always later than the time before, of whichever page */
  time() {
    this.#join();
    const ahead = Number.isFinite(this.aheadMs) ? this.aheadMs : 0;
    this.last = Math.max(this.last + 1, this.now() + ahead);
    this.#share();
    return new Date(this.last).toISOString();
  }

  /** What the other pages know. */
  #join() {
    try {
      const { aheadMs, last, at } = JSON.parse(this.shared?.getItem(SHARED) ?? "{}");
      const age = this.now() - at;
      if (!(age >= 0 && age < SHARED_FOR_MS)) return;
      this.aheadMs = Math.max(this.aheadMs, aheadMs ?? -Infinity);
      this.last = Math.max(this.last, last);
    } catch {
      // Nothing that can be read: this page's own knowledge has to do.
    }
  }

  #share() {
    this.#join();
    const { aheadMs, last } = this;
    try {
      this.shared?.setItem(SHARED, JSON.stringify({ aheadMs, last, at: this.now() }));
    } catch {
      // Full, or forbidden.
    }
  }
}

export const serverClock = new ServerClock(Date.now, storage());
