/**
 * The server's time, reckoned from what it said: answers carry when they were given, and clocks of machines differ.
 *
 * What the server says is old when it arrives, so each word of it is a lower bound, and the highest is the best.
 */
export class ServerClock {
  /** @param {() => number} now milliseconds by the clock of this machine */
  constructor(now = Date.now) {
    this.now = now;
    this.aheadMs = -Infinity;
    this.last = 0;
  }

  /** @param {string | null | undefined} time a Date header, or ISO 8601 */
  hear(time) {
    const heard = Date.parse(time ?? "");
    if (!Number.isNaN(heard)) this.aheadMs = Math.max(this.aheadMs, heard - this.now());
  }

  /** @returns {string} ISO 8601; never earlier than the time before */
  time() {
    const ahead = Number.isFinite(this.aheadMs) ? this.aheadMs : 0;
    this.last = Math.max(this.last, this.now() + ahead);
    return new Date(this.last).toISOString();
  }
}

export const serverClock = new ServerClock();
