/** The words of the shortcut sheet in the language of the page; they are fetched with it, when it is opened first. */

/** @type {Record<string, Record<string, string>>} group to action to what it does */
export const GROUPS = {};

/** @type {Record<string, string>} action to what it does */
export const LABELS = {};

/** @type {typeof import("./shortcutwords.en.js").KEY_WORDS} */
export const KEY_TEXTS = {};

/** @param {typeof GROUPS} groups @param {typeof KEY_TEXTS} keyTexts of one language */
export function speak(groups, keyTexts) {
  Object.assign(GROUPS, groups);
  Object.assign(LABELS, ...Object.values(groups));
  Object.assign(KEY_TEXTS, keyTexts);
}
