/**
 * Brings what was looked at to the server, beside the scores and never in their way: a batch is kept in the browser's
 * storage until the server has it, so that a reload or a lost connection loses nothing, and is bounded, so that a
 * week without a server fills no disk.
 */

import { ApiError, NotYours, Refused } from "./api.js";
import { SIDES } from "./linking.js";
import { ViewingLog } from "./viewinglog.js";
import { windowPercent } from "./windowing.js";

const PREFIX = "viewing:";
const MOST_KEPT = 300;
const EVERY_MS = 20_000;

/** Storage for as long as the page lives, where the browser gives no other. */
class Memory extends Map {
  getItem = (name) => this.get(name) ?? null;
  setItem = (name, value) => this.set(name, value);
  removeItem = (name) => this.delete(name);
}

/** @returns {Storage | Memory} */
export function openStorage() {
  try {
    window.localStorage.length;
    return window.localStorage;
  } catch {
    return new Memory();
  }
}

/** Batches that the server has not confirmed; each is a JSON text under a name that sorts by age. */
export class ViewingPost {
  /**
   * @param {Storage | Memory} storage @param {(url: string, body: object) => Promise<any>} post
   * @param {() => string} newKey
   */
  constructor(storage, post, newKey) {
    Object.assign(this, { storage, post, newKey });
  }

  get names() {
    const names = this.storage instanceof Map ? [...this.storage.keys()] : Object.keys(this.storage);
    return names.filter((name) => name.startsWith(PREFIX)).sort();
  }

  /** @param {string} url @param {import("./viewinglog.js").Batch} batch */
  keep(url, batch) {
    const key = this.newKey();
    const { names } = this;
    for (const name of names.slice(0, Math.max(0, names.length + 1 - MOST_KEPT))) this.storage.removeItem(name);
    try {
      this.storage.setItem(`${PREFIX}${Date.now()}-${key}`, JSON.stringify({ url, body: { key, ...batch } }));
    } catch {
      this.post(url, { key, ...batch }).catch(() => {}); // the disk is full: once, and no more
    }
  }

  /** Send what waits, oldest first; ends quietly where the server can't be reached. @returns {Promise<void>} */
  send() {
    this.sending ??= this.#sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async #sendAll() {
    for (const name of this.names) {
      const text = this.storage.getItem(name);
      if (text && !(await this.#sendOne(name, text))) return;
    }
  }

  /** @returns {Promise<boolean>} whether to go on with the next */
  async #sendOne(name, text) {
    try {
      const { url, body } = JSON.parse(text);
      await this.post(url, body);
    } catch (error) {
      if (error instanceof NotYours) return true; // somebody else is signed in: it waits for its reader
      if (error instanceof ApiError && !(error instanceof Refused)) return false;
    }
    this.storage.removeItem(name); // the server has it, or will never take it
    return true;
  }
}

/** @param {import("./pairviewer.js").PairViewer} viewer @returns {import("./viewinglog.js").Shown} */
function shownBy({ panes, layout }) {
  const of = (side) => {
    const { painted } = panes[side].dataset;
    const isHidden = layout.alone && layout.alone !== side;
    return painted === undefined || isHidden ? null : Number(painted);
  };
  return { left: of("left"), right: of("right") };
}

/** @param {import("./linking.js").PairState} state @returns {import("./viewinglog.js").Look} */
function lookOf(state) {
  const { width, level } = windowPercent(state.window, state.standard);
  const [left, right] = SIDES.map((side) => Math.round(100 * state.views[side].zoom));
  return [width, level, Number(state.inverted), left, right];
}

/** The log of the pair on the screen, and its post. */
export class Viewing {
  /** @param {import("./activity.js").ActivityClock} clock @param {ViewingPost} post */
  constructor(clock, post) {
    Object.assign(this, { clock, post });
  }

  start() {
    setInterval(() => this.flush(), EVERY_MS);
    addEventListener("pagehide", () => this.flush());
    this.post.send();
  }

  /** What happened until here belongs to the pair before. @param {import("./config.js").PairConfig} config */
  open({ reading, urls, geometry, protocol, training }) {
    this.flush();
    this.clock.takeIntervals();
    this.log = new ViewingLog(this.clock, geometry.slices, performance.timeOrigin);
    Object.assign(this, { reading, url: urls.viewing, demanded: protocol.whole_stacks });
    this.told = this.demanded || training; // a training pair's feedback is shown at once
  }

  /** After each painted frame. @param {import("./pairviewer.js").PairViewer} viewer */
  note(viewer) {
    if (!this.log || !viewer.state) return;
    this.log.see(shownBy(viewer));
    this.log.useLook(lookOf(viewer.state));
  }

  /** @param {string} reading @param {{seen?: Record<"left" | "right", number[]>}} state the server's */
  learn(reading, { seen }) {
    if (seen && reading === this.reading) this.log.learn(seen);
  }

  flush() {
    const batch = this.log?.take();
    if (batch) this.post.keep(this.url, batch);
    this.post.send();
  }

  /** @returns {Record<"left" | "right", number[]> | null} what must still be seen before finishing; null if nothing */
  get missing() {
    const { missing } = this.log;
    return this.demanded && SIDES.some((side) => missing[side].length) ? missing : null;
  }

  /** @returns {{seen?: Record<"left" | "right", number[]>}} what a finish says of it, where that is wanted */
  get claim() {
    return this.told ? { seen: this.log.everSeen } : {};
  }
}
