/** What the reader is told about saving: pure. @typedef {import("./autosave.js").Status} Status */

import { TEXTS } from "./texts.js";

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

/** @param {string} iso @returns {string} local time, 12:03:11 */
export function clockTime(iso) {
  return new Intl.DateTimeFormat("en-GB", CLOCK).format(new Date(iso));
}

/** @type {Record<Status["kind"], (status: Status) => string>} */
const WORDS = {
  idle: () => TEXTS.nothingYet,
  saving: () => TEXTS.saving,
  saved: ({ savedAt }) => TEXTS.savedAt(clockTime(savedAt)),
  offline: ({ waiting }) => TEXTS.offline(waiting),
  signIn: ({ waiting }) => TEXTS.signIn(waiting),
  cannotSave: ({ waiting }) => TEXTS.cannotSave(waiting),
};

/** @param {Status} status @returns {string} */
export function receiptText(status) {
  return WORDS[status.kind](status);
}

/** @param {Status} status @returns {boolean} whether a screen reader must hear it at once */
export function isTrouble(status) {
  return ["offline", "signIn", "cannotSave"].includes(status.kind);
}
