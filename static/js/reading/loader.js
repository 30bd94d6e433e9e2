/**
 * Slices of one pair, nearest to where the reader looks first. The unit is a slice of both sides: they are
 * asked for together and shown together, so that neither order nor delay can tell the sides apart.
 *
 * @typedef {import("./codec.js").Slice} Slice
 * @typedef {{left: Slice, right: Slice}} SlicePair
 * @typedef {(side: "left" | "right", slice: number, signal: AbortSignal) => Promise<Slice>} ReadSlice
 */

import { SIDES } from "./linking.js";

const SLICE_PAIRS_AT_ONCE = 3; // six requests, what a browser opens to one HTTP/1.1 host
const RETRY_AFTER_MS = [300, 1000, 3000];

/** @param {Iterable<number>} waiting @param {number} focus @returns {number | undefined} */
export function nearest(waiting, focus) {
  let best;
  for (const slice of waiting) {
    if (best === undefined || Math.abs(slice - focus) < Math.abs(best - focus)) best = slice;
  }
  return best;
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}

/**
 * @template T
 * @param {() => Promise<T>} attempt @param {AbortSignal} signal
 * @param {readonly number[]} [delaysMs] @returns {Promise<T>} Rejects with the last attempt's error.
 */
export async function withRetries(attempt, signal, delaysMs = RETRY_AFTER_MS) {
  for (const delayMs of delaysMs) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw error;
      await pause(delayMs, signal);
    }
  }
  return attempt();
}

export class PairLoader {
  /**
   * @param {{slices: number, read: ReadSlice, focus: () => number,
   *   loaded: (slice: number, pair: SlicePair) => void, failed: (slice: number) => void,
   *   painted: () => Promise<void>}} parts `painted` resolves once the first slices are on the screen
   */
  constructor(parts) {
    this.parts = parts;
    this.waiting = new Set(Array.from({ length: parts.slices }, (_, slice) => slice));
    this.failed = new Set();
    this.loading = 0;
    this.abort = new AbortController();
  }

  /** @returns {Promise<boolean>} whether every slice is there */
  async run() {
    // The visible slices go alone, so that nothing competes with the first image.
    await this.#loadNext();
    await this.parts.painted();
    return this.#drain();
  }

  /** @returns {Promise<boolean>} whether every slice is there now */
  retryFailed() {
    for (const slice of this.failed) this.waiting.add(slice);
    this.failed.clear();
    return this.#drain();
  }

  stop() {
    this.abort.abort();
  }

  async #drain() {
    await Promise.all(Array.from({ length: SLICE_PAIRS_AT_ONCE }, () => this.#work()));
    return !this.abort.signal.aborted && this.failed.size === 0 && this.loading === 0;
  }

  async #work() {
    while (this.waiting.size && !this.abort.signal.aborted) await this.#loadNext();
  }

  async #loadNext() {
    const slice = nearest(this.waiting, this.parts.focus());
    this.waiting.delete(slice);
    this.loading += 1;
    const { signal } = this.abort;
    try {
      const read = (side) => withRetries(() => this.parts.read(side, slice, signal), signal);
      const [left, right] = await Promise.all(SIDES.map(read));
      if (!signal.aborted) this.parts.loaded(slice, { left, right });
    } catch {
      if (!signal.aborted) this.#fail(slice);
    } finally {
      this.loading -= 1;
    }
  }

  #fail(slice) {
    this.failed.add(slice);
    this.parts.failed(slice);
  }
}
