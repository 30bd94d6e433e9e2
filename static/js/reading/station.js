/**
 * The reading station: opens pairs, brings viewer, desk and autosave together, goes on to the next.
 *
 * @typedef {import("./pairs.js").Pair} Pair
 */

import { ApiError, CheckFirst, NeedsSignIn, NotYours, Paused, Refused } from "./api.js";
import { PairLoader } from "./loader.js";
import { Prefetch, fetchPair, readSlice } from "./pairs.js";
import { TEXTS } from "./texts.js";

const FRAME_AT_MOST_MS = 100; // a hidden tab paints no frames, but may go on loading

const WHY_NOT_OPENED = [
  [NeedsSignIn, TEXTS.signInFirst],
  [NotYours, TEXTS.pairNotYours],
  [Paused, TEXTS.pairPaused],
  [Refused, TEXTS.pairClosed],
  [ApiError, TEXTS.pairOffline],
];

/** @param {ApiError} error @returns {string} */
function whyNotOpened(error) {
  return WHY_NOT_OPENED.find(([kind]) => error instanceof kind)[1];
}

/** @returns {Promise<void>} resolves after the next frame was painted */
function nextFrame() {
  return new Promise((resolve) => {
    setTimeout(resolve, FRAME_AT_MOST_MS);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}

export class Station {
  /**
   * @param {object} parts
   * @param {import("./pairviewer.js").PairViewer} parts.viewer
   * @param {import("./desk.js").Desk} parts.desk
   * @param {import("./autosave.js").Autosave} parts.autosave
   * @param {import("./api.js").Api} parts.api
   * @param {import("./activity.js").ActivityClock} parts.clock
   * @param {import("./viewing.js").Viewing} parts.viewing
   * @param {import("./chrome.js").Chrome} parts.chrome
   * @param {import("./signin.js").SignInDialog} parts.signIn
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.prefetch = new Prefetch((url, signal) => this.api.getJson(url, signal));
  }

  /** @param {Pair} pair */
  async open(pair) {
    this.loader?.stop();
    this.pair = pair;
    this.api.csrfToken = pair.csrfToken;
    this.autosave.reading = pair.config.reading;
    this.viewing.open(pair.config);
    this.clock.take(); // the time until here belongs to the pair before
    this.chrome.showPair(pair.config);
    this.desk.open(pair.config);
    const { geometry, reading, protocol } = pair.config;
    this.viewer.open(geometry, { reading, mayBlink: protocol.blink_comparison });
    await Promise.all([this.#load(pair), this.#showState(pair)]);
  }

  async #load(pair) {
    const loader = new PairLoader({
      slices: pair.config.geometry.slices,
      read: (side, slice, signal) => readSlice(pair, side, slice, signal),
      focus: () => this.viewer.focus,
      loaded: (slice, pixels) => this.#deliver(slice, pixels),
      failed: (slice) => this.viewer.fail(slice),
      painted: () => nextFrame().then(() => this.#reportOpened(pair)),
    });
    this.loader = loader;
    this.chrome.showLoaded(0, pair.config.geometry.slices);
    if (await loader.run()) this.#prefetchNext(pair);
  }

  #deliver(slice, pixels) {
    this.viewer.deliver(slice, pixels);
    this.chrome.showLoaded(this.viewer.loadedCount, this.pair.config.geometry.slices);
  }

  #prefetchNext(pair) {
    const { next } = pair.config.urls;
    if (next && this.pair === pair) this.prefetch.start(next);
  }

  /** Not awaited and not repeated: the first saved answer says the same. */
  #reportOpened(pair) {
    if (!pair.config.editable) return;
    const told = this.api.post(pair.config.urls.opened, { renderer: this.viewer.renderer });
    told.catch((error) => this.#tolerate(error));
  }

  #tolerate(error) {
    if (!(error instanceof ApiError)) throw error;
  }

  async #showState(pair) {
    if (pair.state) await this.applyState(pair.config.reading, pair.state);
    try {
      await this.#fetchState(pair);
    } catch (error) {
      this.#tolerate(error);
      if (this.pair !== pair || this.desk.ready) return;
      this.chrome.notice(TEXTS.stateMissing);
      if (error instanceof NeedsSignIn) this.signInAgain();
    }
  }

  /** Until one comes that is not older than what was saved meanwhile. */
  async #fetchState(pair) {
    const { reading, urls } = pair.config;
    for (let isOld = true; isOld && this.pair.config.reading === reading; ) {
      isOld = !(await this.applyState(reading, await this.api.getJson(urls.state)));
    }
  }

  /**
   * @param {string} reading @param {import("./autosave.js").ServerState} state
   * @returns {Promise<boolean>} false where it is older than what is known
   */
  async applyState(reading, state) {
    this.autosave.learn(reading, state);
    this.viewing.learn(reading, state);
    const waiting = await this.autosave.waitingAnswers(reading);
    // A state that was under way while the reader went on saving is older than what is known. Asked only now: what
    // was confirmed a moment ago neither waits any more nor is in the state.
    const isOld = state.version < (this.autosave.versions.get(reading) ?? 0);
    if (isOld || this.pair.config.reading !== reading) return !isOld;
    this.desk.applyState(state, waiting);
    return true;
  }

  /** Another window wrote first. @param {string} reading @param {import("./autosave.js").ServerState} state */
  async onConflict(reading, state) {
    await this.applyState(reading, state);
    if (this.pair.config.reading === reading) this.chrome.notice(TEXTS.merged);
  }

  /** An answer that waited here was older than one that the reader gave elsewhere. */
  async onSuperseded({ label, reading }) {
    this.chrome.notice(TEXTS.superseded(label), { stays: true });
    if (reading === this.pair.config.reading) await this.#showState({ ...this.pair, state: null });
  }

  /** The reader signs in where he is; then everything goes on. @returns {Promise<boolean>} */
  async signInAgain() {
    const isIn = await this.signIn.ask();
    if (isIn) this.recover();
    return isIn;
  }

  /** Ask again for whatever failed, and for what other windows wrote: the connection or the session is back. */
  async recover() {
    this.autosave.resume();
    this.viewing.post.send();
    const { pair, loader } = this;
    await this.#showState({ ...pair, state: null });
    if (this.pair !== pair) return;
    if (!this.prefetch.pair && (await loader.retryFailed())) this.#prefetchNext(pair);
  }

  /**
   * @param {Record<string, number | null>} answers @param {string | null} reason
   * @returns {Promise<{version: number} | undefined>} the receipt; nothing where it was refused
   */
  async submit(answers, reason) {
    const { confirmed } = await this.#send("scores", { answers, reason });
    return confirmed.catch((error) => this.#tolerate(error)); // onRefused tells the reader
  }

  #send(kind, what) {
    const { reading, urls, position, total } = this.pair.config;
    const label = TEXTS.position(position, total);
    return this.autosave.submit({
      ...what,
      kind,
      reading,
      label,
      url: urls[kind],
      activeSeconds: this.clock.take(),
    });
  }

  finish() {
    return this.#alone(() => this.#finish());
  }

  async #finish() {
    const { desk } = this;
    if (desk.finished) return this.#goTo(this.pair.config.urls.next);
    if (!desk.ready || !desk.editable || !desk.checkComplete()) return;
    if (this.viewing.missing) return this.chrome.notice(TEXTS.unseen(this.viewing.missing));
    desk.close();
    this.viewing.flush();
    const { confirmed, attempted } = await this.#send("finish", this.viewing.claim);
    const ahead = this.prefetch.pair;
    if (ahead && !ahead.state.finished) {
      confirmed.catch((error) => this.#tolerate(error));
      if (!desk.asking) await this.#goTo(ahead.url);
    } else {
      await this.#goOnWhenConfirmed(confirmed, attempted);
    }
  }

  async #goOnWhenConfirmed(confirmed, attempted) {
    let answer = null;
    confirmed.then((given) => (answer = given)).catch((error) => this.#tolerate(error));
    await attempted;
    if (this.desk.asking) return; // the reader has second thoughts about this pair, and goes on by himself
    if (answer) await this.#goTo(answer.next);
    else if (this.desk.finished) this.chrome.notice(TEXTS.finishWaits);
  }

  /** @param {"next" | "previous"} direction */
  go(direction) {
    return this.#alone(() => this.#goTo(this.pair.config.urls[direction]));
  }

  /** A second press while the first is under way must not skip a pair. */
  async #alone(work) {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
    } finally {
      this.busy = false;
    }
  }

  async #goTo(url) {
    // Before the first and after the last pair lies the list of all of them.
    if (!url) return location.assign(this.pair.config.urls.review);
    const pair = await this.#pairAt(url);
    // Nothing goes away under a question: the reader has second thoughts about this pair.
    if (!pair || this.desk.asking) return;
    history.pushState(null, "", url);
    this.open(pair);
  }

  /** The browser's back and forward buttons. @param {string} url */
  async revisit(url) {
    const pair = await this.#pairAt(url);
    if (location.pathname !== url) return; // the reader went on meanwhile
    if (pair) this.open(pair);
    else history.pushState(null, "", this.pair.url); // the address names what is on the screen
  }

  async #pairAt(url, mayAsk = true) {
    const ahead = this.prefetch.take(url);
    if (ahead) return ahead;
    try {
      return await fetchPair(url);
    } catch (error) {
      if (error instanceof Paused) location.assign(url); // the page says until when, and why
      this.#tolerate(error);
      if (error instanceof CheckFirst) return location.assign(url), null; // which leads to the check, and back here
      if (error instanceof NeedsSignIn && mayAsk && (await this.signInAgain())) return this.#pairAt(url, false);
      this.chrome.notice(whyNotOpened(error));
      return null;
    }
  }

  /**
   * The server will never take this change: say so and show what it has instead.
   *
   * @param {import("./queuestore.js").QueueRecord} record @param {import("./api.js").Refused} error
   */
  async onRefused(record, error) {
    const why = { closed: TEXTS.closed, withdrawn: TEXTS.withdrawn }[error.code] ?? error.message;
    this.chrome.notice(TEXTS.refused(record.label, why), { stays: true });
    if (record.reading !== this.pair.config.reading) return;
    await this.#showState({ ...this.pair, state: null });
    if (error.code === "incomplete") this.desk.checkComplete();
  }
}
