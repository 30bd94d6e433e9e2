/**
 * Brings every change to the server, in order, exactly once as far as anybody can tell: first into the
 * browser's store, then out of it by a POST with an idempotency key, then off the list.
 *
 * @typedef {import("./queuestore.js").QueueRecord} QueueRecord
 * @typedef {"offline" | "signIn" | "cannotSave"} Trouble
 * @typedef {{kind: "idle" | "saving" | "saved" | Trouble, waiting: number, savedAt: string | null}} Status
 * @typedef {{version: number, answers: Record<string, number | null>, finished: boolean,
 *   saved_at: string | null}} ServerState
 */

import { ApiError, CannotSave, Conflict, NeedsSignIn, NotYours, Refused } from "./api.js";

const RETRY_AFTER_MS = [1000, 2000, 5000, 10_000, 30_000];
const MOST_CONFLICTS = 5;
const SOON_MS = 1000; // what is not saved by then is worth a warning

/** @type {[Function, Trouble][]} the first that fits */
const TROUBLES = [[NeedsSignIn, "signIn"], [CannotSave, "cannotSave"], [Error, "offline"]];

export class Autosave {
  /**
   * @param {object} parts
   * @param {import("./queuestore.js").ChangeStore} parts.store
   * @param {(url: string, body: object) => Promise<any>} parts.post
   * @param {() => string} parts.newKey
   * @param {import("./serverclock.js").ServerClock} parts.clock
   * @param {(status: Status) => void} parts.onStatus
   * @param {(reading: string, state: ServerState) => void} parts.onConflict
   * @param {(record: QueueRecord, error: Refused) => void} parts.onRefused
   * @param {(record: QueueRecord) => void} parts.onSuperseded the reader had given a newer answer elsewhere
   * @param {(record: QueueRecord) => Promise<string | null>} parts.askReason the pair was finished elsewhere
   */
  constructor(parts) {
    this.parts = parts;
    /** @type {Map<string, number>} the newest version of each reading that the server told */
    this.versions = new Map();
    /** @type {Map<string, {resolve: Function, reject: Function}>} */
    this.watchers = new Map();
    /** @type {Map<string, "signIn" | "reason">} readings whose changes have to wait, and for what */
    this.held = new Map();
    this.reading = null; // the one on the screen
    this.savedAt = null;
    this.failures = 0;
    /** @type {Trouble | null} */
    this.trouble = null;
    this.sending = null;
    this.writes = Promise.resolve();
    this.unsent = 0;
    this.unsentSince = 0;
  }

  /** @param {string} reading @param {{version?: number, saved_at?: string | null}} told by the server */
  learn(reading, { version = 0, saved_at = null }) {
    this.parts.clock.hear(saved_at);
    this.#know(reading, { version });
    this.savedAt = saved_at ?? this.savedAt;
    if (!this.sending && !this.failures) this.#tellDone();
  }

  #know(reading, { version = 0 }) {
    this.versions.set(reading, Math.max(version, this.versions.get(reading) ?? 0));
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
    this.#count(this.unsent + 1);
    this.#tell(this.trouble ?? "saving", this.unsent); // "saved" is never shown of what is not
    // Not one after the other: the database keeps the order, and the tab may be closed at any moment.
    const record = { ...change, key, answers, reason, baseVersion, givenAt: this.parts.clock.time() };
    const kept = this.parts.store.add(record);
    this.writes = Promise.all([this.writes, kept]);
    await kept;
    return { confirmed, attempted: this.send() };
  }

  /** @param {string} reading @returns {Promise<Record<string, number | null>>} answers not yet confirmed */
  async waitingAnswers(reading) {
    await this.writes;
    const records = (await this.parts.store.all()).filter((record) => record.reading === reading);
    return Object.assign({}, ...records.map((record) => record.answers));
  }

  /** @returns {boolean} whether leaving now may cost something, or leaves something behind */
  get atRisk() {
    if (!this.unsent) return false;
    const stuck = Boolean(this.trouble) || this.held.size > 0 || !this.parts.store.durable;
    return stuck || Date.now() - this.unsentSince > SOON_MS;
  }

  async #waiting() {
    const all = await this.parts.store.all();
    this.#count(all.length);
    return all.filter((record) => !this.held.has(record.reading));
  }

  #count(unsent) {
    if (!this.unsent) this.unsentSince = Date.now();
    this.unsent = unsent;
  }

  /** Somebody may have signed in again: try everything. */
  resume() {
    for (const [reading, cause] of this.held) if (cause === "signIn") this.held.delete(reading);
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
      this.#tell(this.trouble ?? "saving", records.length);
      if (!(await this.#sendOne(records[0]))) return false;
    }
    return true;
  }

  async #tellDone() {
    const all = await this.parts.store.all();
    this.#count(all.length);
    // What is left of the pair on the screen was refused with 404, so somebody else is signed in; or wants a reason.
    const left = all.filter((record) => record.reading === this.reading && this.held.has(record.reading)).length;
    const why = this.held.get(this.reading) === "reason" ? "saving" : "signIn";
    this.#tell(left ? why : this.savedAt ? "saved" : "idle", left);
  }

  /** @returns {Promise<boolean>} whether to go on with the next record */
  async #sendOne(record) {
    try {
      const answer = await this.#post(record);
      // Known before it stops waiting, so that no older state of the pair is ever taken for the newest.
      this.#know(record.reading, answer);
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
        // Another tab wrote. This change is a version of its own, and the one given last is the current answer.
        this.versions.set(record.reading, error.state.version);
        this.parts.onConflict(record.reading, error.state);
      }
    }
  }

  #confirm(record, answer) {
    this.failures = 0;
    this.trouble = null;
    this.learn(record.reading, answer);
    this.watchers.get(record.key)?.resolve(answer);
    this.watchers.delete(record.key);
    if (answer.superseded) this.parts.onSuperseded(record);
  }

  async #giveWay(record, error) {
    if (error instanceof Refused) return error.code === "reason" ? this.#holdForReason(record) : this.#refuse(record, error);
    if (error instanceof NotYours) return Boolean(this.held.set(record.reading, "signIn"));
    // Whatever else went wrong, the change is kept and tried again.
    if (!(error instanceof ApiError)) globalThis.reportError?.(error);
    this.trouble = TROUBLES.find(([kind]) => error instanceof kind)[1];
    this.#tell(this.trouble, (await this.#waiting()).length);
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

  /** All changes of the reading wait for the reader's word, so that their order stays. */
  #holdForReason(record) {
    this.held.set(record.reading, "reason");
    this.parts.askReason(record).then((reason) => this.#settleReason(record.reading, reason));
    return true;
  }

  async #settleReason(reading, reason) {
    const records = (await this.parts.store.all()).filter((record) => record.reading === reading && !record.reason);
    for (const record of records.filter(({ kind }) => kind === "scores")) {
      if (reason) await this.parts.store.replace({ ...record, reason });
      else await this.#refuse(record, new Refused({ error: "withdrawn" }));
    }
    this.held.delete(reading);
    await this.send();
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
  return { ...common, answers: record.answers, reason: record.reason, given_at: record.givenAt };
}
