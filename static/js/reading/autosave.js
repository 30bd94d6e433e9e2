/**
 * Brings every change to the server, in order, exactly once as far as anybody can tell: first into the
 * browser's store, then out of it by a POST with an idempotency key, then off the list.
 *
 * @typedef {import("./queuestore.js").QueueRecord} QueueRecord
 * @typedef {{kind: "idle" | "saving" | "saved" | "offline" | "signIn", waiting: number,
 *   savedAt: string | null}} Status
 * @typedef {{version: number, answers: Record<string, number | null>, finished: boolean,
 *   saved_at: string | null}} ServerState
 */

import { ApiError, Conflict, NeedsSignIn, NotYours, Refused } from "./api.js";

const RETRY_AFTER_MS = [1000, 2000, 5000, 10_000, 30_000];
const MOST_CONFLICTS = 5;

export class Autosave {
  /**
   * @param {object} parts
   * @param {{add: Function, all: () => Promise<QueueRecord[]>, remove: Function}} parts.store
   * @param {(url: string, body: object) => Promise<any>} parts.post
   * @param {() => string} parts.newKey
   * @param {(status: Status) => void} parts.onStatus
   * @param {(reading: string, state: ServerState) => void} parts.onConflict
   * @param {(record: QueueRecord, error: Refused) => void} parts.onRefused
   */
  constructor(parts) {
    this.parts = parts;
    /** @type {Map<string, number>} the newest version of each reading that the server told */
    this.versions = new Map();
    /** @type {Map<string, {resolve: Function, reject: Function}>} */
    this.watchers = new Map();
    this.notOurs = new Set(); // keys of changes that the person who is signed in may not send
    this.reading = null; // the one on the screen
    this.savedAt = null;
    this.failures = 0;
    this.sending = null;
    this.writes = Promise.resolve();
  }

  /** @param {string} reading @param {{version?: number, saved_at?: string | null}} told by the server */
  learn(reading, { version = 0, saved_at = null }) {
    this.versions.set(reading, Math.max(version, this.versions.get(reading) ?? 0));
    this.savedAt = saved_at ?? this.savedAt;
    if (!this.sending && !this.failures) this.#tellDone();
  }

  /**
   * @param {{reading: string, url: string, kind: "scores" | "finish", answers?: Record<string, number | null>,
   *   reason?: string | null, activeSeconds: number, seen?: Record<string, number[]>}} change
   * @returns {Promise<{confirmed: Promise<any>, attempted: Promise<void>}>} resolves once the change is kept by
   *   the browser; `confirmed` gives the server's answer however long that takes, or rejects with Refused;
   *   `attempted` resolves when the first try is over, well or not
   */
  async submit({ answers = {}, reason = null, ...change }) {
    const key = this.parts.newKey();
    const baseVersion = this.versions.get(change.reading) ?? 0;
    const confirmed = new Promise((resolve, reject) => this.watchers.set(key, { resolve, reject }));
    // One after the other: the order in the store is the order of the reader's changes.
    this.writes = this.writes.then(() => this.parts.store.add({ ...change, key, answers, reason, baseVersion }));
    await this.writes;
    return { confirmed, attempted: this.send() };
  }

  /** @param {string} reading @returns {Promise<Record<string, number | null>>} answers not yet confirmed */
  async waitingAnswers(reading) {
    await this.writes;
    const records = (await this.#waiting()).filter((record) => record.reading === reading);
    return Object.assign({}, ...records.map((record) => record.answers));
  }

  async #waiting() {
    return (await this.parts.store.all()).filter((record) => !this.notOurs.has(record.key));
  }

  /** Somebody may have signed in again: try everything. */
  resume() {
    this.notOurs.clear();
    return this.send();
  }

  /** Send what waits; a second call while one is running makes that one look again. */
  send() {
    this.lookAgain = true;
    this.sending ??= this.#sendAll();
    return this.sending;
  }

  async #sendAll() {
    clearTimeout(this.timer);
    try {
      // Between the last look and the end nothing is awaited: a change that comes then is never overlooked.
      for (let goOn = true; goOn && this.lookAgain; ) {
        this.lookAgain = false;
        goOn = await this.#sendWaiting();
        if (goOn) await this.#tellDone();
      }
    } finally {
      this.sending = null;
    }
  }

  /** @returns {Promise<boolean>} whether everything that could be sent was sent */
  async #sendWaiting() {
    for (let records = await this.#waiting(); records.length; records = await this.#waiting()) {
      this.#tell("saving", records.length);
      if (!(await this.#sendOne(records[0]))) return false;
    }
    return true;
  }

  async #tellDone() {
    const left = (await this.parts.store.all()).filter((record) => record.reading === this.reading);
    // What is left of the pair on the screen was refused with 404: somebody else is signed in.
    const held = left.filter((record) => this.notOurs.has(record.key)).length;
    this.#tell(held ? "signIn" : this.savedAt ? "saved" : "idle", held);
  }

  /** @returns {Promise<boolean>} whether to go on with the next record */
  async #sendOne(record) {
    try {
      const answer = await this.#post(record);
      await this.parts.store.remove(record);
      this.#confirm(record, answer);
      return true;
    } catch (error) {
      return this.#giveWay(record, error);
    }
  }

  async #post(record) {
    for (let conflicts = 0; ; conflicts++) {
      const known = this.versions.get(record.reading) ?? 0;
      const base_version = Math.max(record.baseVersion, known);
      try {
        return await this.parts.post(record.url, bodyOf(record, base_version));
      } catch (error) {
        if (!(error instanceof Conflict) || conflicts >= MOST_CONFLICTS) throw error;
        // The reader's change is newer than what the other tab wrote: it goes on top as the next version.
        this.versions.set(record.reading, error.state.version);
        this.parts.onConflict(record.reading, error.state);
      }
    }
  }

  #confirm(record, answer) {
    this.failures = 0;
    this.learn(record.reading, answer);
    this.watchers.get(record.key)?.resolve(answer);
    this.watchers.delete(record.key);
  }

  async #giveWay(record, error) {
    if (error instanceof Refused) return this.#refuse(record, error);
    if (error instanceof NotYours) return Boolean(this.notOurs.add(record.key));
    if (!(error instanceof ApiError)) throw error;
    const { length } = await this.#waiting();
    this.#tell(error instanceof NeedsSignIn ? "signIn" : "offline", length);
    this.#retryLater();
    return false;
  }

  async #refuse(record, error) {
    await this.parts.store.remove(record);
    this.watchers.get(record.key)?.reject(error);
    this.watchers.delete(record.key);
    this.parts.onRefused(record, error);
    return true;
  }

  #retryLater() {
    const delayMs = RETRY_AFTER_MS[Math.min(this.failures, RETRY_AFTER_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.send(), delayMs);
  }

  #tell(kind, waiting) {
    this.parts.onStatus({ kind, waiting, savedAt: this.savedAt });
  }
}

/** @param {QueueRecord} record @param {number} base_version @returns {object} */
function bodyOf(record, base_version) {
  const common = { key: record.key, base_version, active_seconds: record.activeSeconds };
  if (record.kind === "finish") return record.seen ? { ...common, seen: record.seen } : common;
  return { ...common, answers: record.answers, reason: record.reason };
}
