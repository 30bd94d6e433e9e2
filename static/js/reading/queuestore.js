/**
 * Changes that the server has not confirmed yet, in the browser's own database. What a record says of scores is
 * never edited, so sending it twice (with the same key) is harmless; it goes when the server has it. Each reader
 * sees his own: another who signs in on this machine neither sees nor sends them.
 *
 * @typedef {object} QueueRecord
 * @property {number} [id] the order of the changes, given by the store
 * @property {string} key idempotency key
 * @property {string} [reader] whose it is: the sign-in name
 * @property {string} reading
 * @property {string} label what the reader calls it: "Pair 12 of 333"
 * @property {"scores" | "finish"} kind
 * @property {string} url
 * @property {number} baseVersion
 * @property {Record<string, number | null>} answers
 * @property {string | null} reason
 * @property {number} activeSeconds
 * @property {string} givenAt when, by the server's clock
 * @property {Record<string, number[]>} [seen] of a finish, where the protocol demands whole stacks
 */

const DATABASE = "readerstudy";
const STORE = "changes";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * The list of unconfirmed changes. Where the browser refuses its database (some private windows) or its disk
 * is full, a record lives as long as the page; `durable` says so.
 */
export class ChangeStore {
  /** @param {IDBDatabase | null} database @param {string} reader */
  constructor(database, reader) {
    this.database = database;
    this.reader = reader;
    this.durable = database !== null;
    /** @type {QueueRecord[]} */
    this.inMemory = [];
    this.removed = new Set(); // keys, also of those that a failing database still holds
  }

  /** @param {QueueRecord} record @returns {Promise<void>} resolves when the record is kept */
  add(record) {
    return this.#keep({ ...record, reader: this.reader });
  }

  /** @param {QueueRecord} record one of `all`, with its reason @returns {Promise<void>} */
  async replace(record) {
    const held = this.inMemory.findIndex((each) => each.key === record.key);
    if (held < 0) return this.#keep(record);
    this.inMemory[held] = record;
  }

  async #keep(record) {
    try {
      await this.#write((store) => store.put(record), "strict");
    } catch {
      this.durable = false;
      this.inMemory.push(record);
    }
  }

  #write(change, durability) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore(STORE));
      transaction.commit(); // at once: closing the tab now must not undo it
    });
  }

  /** @returns {Promise<QueueRecord[]>} this reader's, oldest first */
  async all() {
    return [...(await this.#kept()), ...this.inMemory];
  }

  async #kept() {
    if (!this.database) return [];
    try {
      const kept = await settled(this.database.transaction(STORE).objectStore(STORE).getAll());
      return kept.filter((record) => record.reader === this.reader && !this.removed.has(record.key));
    } catch {
      this.durable = false; // the browser took its database away: what is in memory is sent all the same
      return [];
    }
  }

  /** @param {QueueRecord} record @returns {Promise<void>} */
  async remove(record) {
    this.removed.add(record.key);
    this.inMemory = this.inMemory.filter((each) => each.key !== record.key);
    if (record.id === undefined) return;
    // One that stays by a failure is sent again by the next page, with its key: harmless.
    await this.#write((store) => store.delete(record.id), "relaxed").catch(() => (this.durable = false));
  }
}

/** @param {string} reader the sign-in name @returns {Promise<ChangeStore>} */
export async function openStore(reader) {
  try {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    return new ChangeStore(await settled(request), reader);
  } catch {
    return new ChangeStore(null, reader);
  }
}

/** A version 4 UUID; crypto.randomUUID is missing where a hospital serves plain http. @returns {string} */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40; // RFC 9562, 5.4: version and variant
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
