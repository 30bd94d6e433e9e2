/**
 * Pairs as they come from the server, and the next one ahead of time: its page, its state and the bytes of
 * its slices, so that going on needs nothing from the network.
 *
 * @typedef {object} Pair
 * @property {string} url
 * @property {import("./config.js").PairConfig} config
 * @property {string} csrfToken
 * @property {import("./autosave.js").ServerState | null} state null where it was not asked for yet
 * @property {Map<string, ArrayBuffer>} bytes slices that were fetched ahead, by URL
 * @property {number} closesAt when it can no longer be opened without asking again, in ms of performance.now()
 * @property {Map<string, import("./codec.js").Slice>} unpacked those of them that are seen first
 */

import { Api } from "./api.js";
import { decodeSlice } from "./codec.js";
import { fetchPage } from "./config.js";
import { SIDES } from "./linking.js";
import { nearest } from "./loader.js";

/** @param {Pair} pair @param {"left" | "right"} side @param {number} slice @returns {string} */
const sliceUrl = (pair, side, slice) => pair.config.stacks[side].slice_url + slice;

/**
 * @param {Pair} pair @param {"left" | "right"} side @param {number} slice @param {AbortSignal} signal
 * @returns {Promise<import("./codec.js").Slice>}
 */
export async function readSlice(pair, side, slice, signal) {
  const url = sliceUrl(pair, side, slice);
  const { rows, columns } = pair.config.geometry;
  const unpacked = pair.unpacked.get(url);
  pair.unpacked.delete(url);
  if (unpacked) return unpacked;
  const ahead = pair.bytes.get(url);
  pair.bytes.delete(url); // decoded pixels are kept instead; and a damaged slice is fetched anew
  return decodeSlice(ahead ?? (await (await Api.get(url, signal)).arrayBuffer()), rows, columns);
}

/** @param {string} url @param {AbortSignal} [signal] @returns {Promise<Pair>} */
export async function fetchPair(url, signal) {
  const { config, csrfToken } = await fetchPage(Api.get, url, signal);
  const closesAt = performance.now() + 1000 * (config.opens_for_s ?? Infinity);
  return { url, config, csrfToken, closesAt, state: null, bytes: new Map(), unpacked: new Map() };
}

export class Prefetch {
  /** @param {(url: string, signal: AbortSignal) => Promise<any>} getJson */
  constructor(getJson) {
    this.getJson = getJson;
    this.abort = new AbortController();
    /** @type {Pair | null} */
    this.pair = null;
  }

  /** @param {string} url @returns {Promise<void>} ends quietly when stopped or when the server can't be reached */
  async start(url) {
    this.stop();
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const pair = await fetchPair(url, signal);
      pair.state = await this.getJson(pair.config.urls.state, signal);
      if (!signal.aborted) this.pair = pair;
      await this.#fetchBytes(pair, signal);
    } catch {
      // Only speed is lost: what is missing is fetched when the reader gets there.
    }
  }

  async #fetchBytes(pair, signal) {
    const { slices } = pair.config.geometry;
    const middle = Math.floor(slices / 2);
    const waiting = new Set(Array.from({ length: slices }, (_, slice) => slice));
    while (waiting.size && !signal.aborted) {
      const slice = nearest(waiting, middle);
      waiting.delete(slice);
      await Promise.all(SIDES.map((side) => this.#fetchSlice(pair, sliceUrl(pair, side, slice), signal)));
      if (slice === middle) await this.#unpack(pair, middle, signal);
    }
  }

  /** What is seen first is ready to be painted. */
  async #unpack(pair, slice, signal) {
    const both = await Promise.all(SIDES.map((side) => readSlice(pair, side, slice, signal)));
    SIDES.forEach((side, i) => pair.unpacked.set(sliceUrl(pair, side, slice), both[i]));
  }

  async #fetchSlice(pair, url, signal) {
    const response = await Api.get(url, signal);
    pair.bytes.set(url, await response.arrayBuffer());
  }

  /** @param {string} url @returns {Pair | null} the pair, with as many slices as are there; then it is forgotten */
  take(url) {
    const isOpen = this.pair?.url === url && performance.now() < this.pair.closesAt;
    const pair = isOpen ? this.pair : null;
    this.stop();
    return pair;
  }

  stop() {
    this.abort.abort();
    this.pair = null;
  }
}
