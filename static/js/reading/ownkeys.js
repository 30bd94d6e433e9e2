/**
 * Which keys a reader may choose: pure. The server checks the same (core/shortcuts.py).
 *
 * @typedef {Record<string, string>} OwnKeys action to key, only what differs from ours
 */

import { KEYS, keyTable } from "./keyboard.js";
import { KEY_TEXTS, LABELS } from "./shortcutwords.js";

/** The digits stand on the choices, and the way to this sheet must never be lost. */
export const FIXED = Object.freeze(["answer", "shortcuts"]);
const ALSO = "Arrow(Up|Down|Left|Right)|Home|End|Page(Up|Down)|Enter|Backspace|Delete|Insert";
// One character but no digit, and none that searches the page in Firefox; a capital; a key with a name.
const MAY_BE = new RegExp(`^([^\\d/'\\s]| |Shift\\+\\p{Lu}|(Shift\\+)?(${ALSO}))$`, "u");
const SHOWN = { "-": "−", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** @param {string} chord @returns {string} as it is printed on the keys: "Shift ←" */
export function showKey(chord) {
  const [, shift, key] = chord.match(/^(Shift\+)?(.+)$/su);
  return (shift ? "Shift " : "") + (SHOWN[key] ?? KEY_TEXTS.names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}

/** @param {string} action @param {OwnKeys} [own] @returns {string} its key as printed */
export const shownFor = (action, own = {}) => (action === "answer" ? "1 – 5" : showKey(own[action] ?? KEYS[action][0]));

/**
 * @param {string} action @param {string | null} chord null with Ctrl, Alt or Cmd @param {OwnKeys} own
 * @returns {string | null} why the key can't be taken, in words
 */
export function whyNotKey(action, chord, own) {
  if (!chord) return KEY_TEXTS.keyOfBrowser;
  const { [action]: _, ...others } = own;
  const holder = keyTable(others).get(chord);
  if (holder && holder !== action) return KEY_TEXTS.keyTaken(showKey(chord), LABELS[holder]);
  return MAY_BE.test(chord) ? null : KEY_TEXTS.keyNotAllowed(showKey(chord));
}

/** @param {OwnKeys} own @param {string} action @param {string} chord @returns {OwnKeys} our own key again is no change */
export function withKey(own, action, chord) {
  const { [action]: _, ...others } = own;
  return KEYS[action].includes(chord) ? others : { ...others, [action]: chord };
}

/**
 * Titles of buttons end with their key in brackets; some show it beside their word, and so does the training's list.
 *
 * @param {Document} page @param {OwnKeys} own
 */
export function showOnButtons(page, own) {
  for (const button of page.querySelectorAll("[data-action]")) {
    const shown = shownFor(button.dataset.action, own);
    button.title = button.title.replace(/\([^()]+\)$/, `(${shown})`);
    const key = button.querySelector("kbd");
    if (key) key.textContent = shown;
  }
  for (const key of page.querySelectorAll("[data-own-key]")) key.textContent = shownFor(key.dataset.ownKey, own);
}
