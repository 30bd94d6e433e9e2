/** Active reading time: the page is visible and the reader did something not long ago. Pure but for the clock. */

const IDLE_AFTER_MS = 60_000;

export class ActivityClock {
  /** @param {() => number} now milliseconds that never go back */
  constructor(now) {
    this.now = now;
    this.countedMs = 0;
    /** Active milliseconds since the beginning. */
    this.totalMs = 0;
    /** @type {[number, number][]} from when to when, as `now` tells it */
    this.intervals = [];
    this.last = null; // when the reader was last seen, while the page is visible
    this.until = 0; // up to where it is counted
  }

  /** Count up to this moment, or to where the reader was last seen and a minute; that is no sign of the reader. */
  count() {
    if (this.last === null) return;
    const to = Math.min(this.now(), this.last + IDLE_AFTER_MS);
    if (to <= this.until) return;
    const newest = this.intervals.at(-1);
    if (newest?.[1] === this.until) newest[1] = to;
    else this.intervals.push([this.until, to]);
    this.countedMs += to - this.until;
    this.totalMs += to - this.until;
    this.until = to;
  }

  /** The reader did something. */
  touch() {
    this.count();
    this.last = this.until = this.now();
  }

  /** The page is hidden: nothing counts until the next touch. */
  pause() {
    this.count();
    this.last = null;
  }

  /** @returns {number} active seconds since the last call, and start again from here */
  take() {
    this.count();
    const seconds = this.countedMs / 1000;
    this.countedMs = 0;
    return Math.round(seconds * 10) / 10;
  }

  /** @returns {[number, number][]} the intervals since the last call */
  takeIntervals() {
    this.count();
    return this.intervals.splice(0);
  }
}
