/**
 * Changes that the server has not confirmed yet, in the browser's own database. A record is written once and
 * never edited, so sending it twice (with the same key) is harmless; it goes when the server has it.
 *
 * @typedef {object} QueueRecord
 * @property {number} [id] the order of the changes, given by the store
 * @property {string} key idempotency key
 * @property {string} reading
 * @property {string} label what the reader calls it: "Pair 12 of 333"
 * @property {"scores" | "finish"} kind
 * @property {string} url
 * @property {number} baseVersion
 * @property {Record<string, number | null>} answers
 * @property {string | null} reason
 * @property {number} activeSeconds
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
  /** @param {IDBDatabase | null} database */
  constructor(database) {
    this.database = database;
    this.durable = database !== null;
    /** @type {QueueRecord[]} */
    this.inMemory = [];
  }

  /** @param {QueueRecord} record @returns {Promise<void>} resolves when the record is kept */
  async add(record) {
    try {
      await this.#write(record);
    } catch {
      this.durable = false;
      this.inMemory.push(record);
    }
  }

  #write(record) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      transaction.objectStore(STORE).add(record);
      transaction.commit(); // at once: closing the tab now must not undo it
    });
  }

  /** @returns {Promise<QueueRecord[]>} oldest first */
  async all() {
    if (!this.database) return [...this.inMemory];
    const kept = await settled(this.database.transaction(STORE).objectStore(STORE).getAll());
    return [...kept, ...this.inMemory];
  }

  /** @param {QueueRecord} record @returns {Promise<void>} */
  async remove(record) {
    this.inMemory = this.inMemory.filter((each) => each.key !== record.key);
    if (record.id === undefined) return;
    const transaction = this.database.transaction(STORE, "readwrite");
    await settled(transaction.objectStore(STORE).delete(record.id));
  }
}

/** @returns {Promise<ChangeStore>} */
export async function openStore() {
  try {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    return new ChangeStore(await settled(request));
  } catch {
    return new ChangeStore(null);
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
