/** Active reading time: the page is visible and the reader did something not long ago. Pure but for the clock. */

const IDLE_AFTER_MS = 60_000;

export class ActivityClock {
  /** @param {() => number} now milliseconds that never go back */
  constructor(now) {
    this.now = now;
    this.countedMs = 0;
    this.last = null; // when the reader was last seen, while the page is visible
  }

  /** The reader did something. */
  touch() {
    const now = this.now();
    if (this.last !== null) this.countedMs += Math.min(now - this.last, IDLE_AFTER_MS);
    this.last = now;
  }

  /** The page is hidden: nothing counts until the next touch. */
  pause() {
    if (this.last !== null) this.touch();
    this.last = null;
  }

  /** @returns {number} active seconds since the last call, and start again from here */
  take() {
    if (this.last !== null) this.touch();
    const seconds = this.countedMs / 1000;
    this.countedMs = 0;
    return Math.round(seconds * 10) / 10;
  }
}
