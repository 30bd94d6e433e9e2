/**
 * What the reader of one pair looked at: which slices of which side for how long, with which window and zoom, and
 * when the reader was active. Pure but for the clock. Slices are rungs of the ladder that both sides share.
 *
 * @typedef {import("./linking.js").Side} Side
 * @typedef {{left: number | null, right: number | null}} Shown the slice that a side shows; null where it shows none
 * @typedef {number[]} Look window width, level, inverted, zoom left, zoom right: whole per cent, and 0 or 1
 * @typedef {{intervals: number[][], seen: Record<Side, Record<number, number>>, looks: number[][]}} Batch
 */

import { SIDES } from "./linking.js";

const HELD_MS = 500; // a look that was passed through on the way to another is not kept
const MOST_LOOKS = 200; // of one batch: the server takes no more

export class ViewingLog {
  /**
   * @param {import("./activity.js").ActivityClock} clock @param {number} slices of each side
   * @param {number} origin milliseconds from 1970 to the clock's zero
   */
  constructor(clock, slices, origin) {
    Object.assign(this, { clock, slices, origin });
    /** @type {Record<Side, Set<number>>} everything seen, also in earlier batches and on earlier days */
    this.ever = { left: new Set(), right: new Set() };
    /** @type {Shown} */
    this.shown = { left: null, right: null };
    this.look = null;
    this.told = null; // the last look that was kept
    this.#begin();
  }

  #begin() {
    /** @type {Batch} */
    this.batch = { intervals: [], seen: { left: {}, right: {} }, looks: [] };
    this.since = this.clock.totalMs;
  }

  /** @param {Shown} shown what is on the screen from now on */
  see(shown) {
    if (SIDES.every((side) => shown[side] === this.shown[side])) return;
    this.#settle();
    this.shown = { ...shown };
    for (const side of SIDES) {
      if (shown[side] === null) continue;
      this.ever[side].add(shown[side]);
      this.batch.seen[side][shown[side]] ??= 0;
    }
  }

  /** Give the active time since the last change to what was on the screen. */
  #settle() {
    this.clock.count();
    const ms = Math.round(this.clock.totalMs - this.since);
    this.since = this.clock.totalMs;
    if (!ms) return;
    for (const side of SIDES) {
      const slice = this.shown[side];
      if (slice !== null) this.batch.seen[side][slice] = (this.batch.seen[side][slice] ?? 0) + ms;
    }
  }

  /** @param {Look} look as the images stand from now on */
  useLook(look) {
    if (this.look && String(look) === String(this.look.values)) return;
    const now = this.clock.now();
    if (this.look && now - this.look.at >= HELD_MS) this.#keepLook();
    this.look = { at: now, values: look };
  }

  #keepLook() {
    const { at, values } = this.look;
    if (String(values) === this.told || this.batch.looks.length >= MOST_LOOKS) return;
    this.told = String(values);
    this.batch.looks.push([Math.round(this.origin + at), ...values]);
  }

  /** @param {Record<Side, number[]>} seen what the server knows from before */
  learn(seen) {
    for (const side of SIDES) for (const slice of seen[side]) this.ever[side].add(slice);
  }

  /** @returns {Batch | null} what happened since the last call; null where nothing did */
  take() {
    this.#settle();
    if (this.look) this.#keepLook();
    const { batch } = this;
    batch.intervals = this.clock.takeIntervals().map((times) => times.map((time) => Math.round(this.origin + time)));
    this.#begin();
    const seen = SIDES.some((side) => Object.keys(batch.seen[side]).length);
    return seen || batch.intervals.length || batch.looks.length ? batch : null;
  }

  /** @returns {Record<Side, number[]>} */
  get everSeen() {
    return { left: [...this.ever.left], right: [...this.ever.right] };
  }

  /** @returns {Record<Side, number[]>} slices that were never on the screen */
  get missing() {
    const all = Array.from({ length: this.slices }, (_, slice) => slice);
    const of = (side) => all.filter((slice) => !this.ever[side].has(slice));
    return { left: of("left"), right: of("right") };
  }
}
