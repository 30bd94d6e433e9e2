/** Which key does what. The words to it are in shortcutwords.js; the server knows the same table (core/shortcuts.py). */

/** @type {Readonly<Record<string, readonly string[]>>} action to its keys, the one that is shown first */
export const KEYS = Object.freeze({
  answer: [..."123456789"],
  nextItem: ["ArrowDown"],
  previousItem: ["ArrowUp"],
  clear: ["0", "Backspace"],
  yes: ["y"],
  no: ["n"],
  rest: ["Shift+R"],
  notAssessable: ["Shift+N"],
  findings: ["c"],
  comment: ["Shift+C"],
  pin: ["Shift+P"],
  finish: ["Enter"],
  nextPair: ["Shift+ArrowRight"],
  previousPair: ["Shift+ArrowLeft"],
  nextSlice: ["ArrowRight"],
  previousSlice: ["ArrowLeft"],
  nextPage: ["PageDown"],
  previousPage: ["PageUp"],
  firstSlice: ["Home"],
  lastSlice: ["End"],
  scrollTool: ["s"],
  cine: [" "],
  linkSlices: ["l"],
  nudgeBack: [","],
  nudgeOn: ["."],
  resetOffset: ["j"],
  windowTool: ["w"],
  autoWindow: ["u"],
  brighter: ["b"],
  darker: ["d"],
  invert: ["i"],
  panTool: ["p"],
  zoomTool: ["z"],
  zoomIn: ["+", "="],
  zoomOut: ["-"],
  fit: ["f"],
  oneToOne: ["o"],
  linkZoom: ["k"],
  linkPan: ["h"],
  smooth: ["t"],
  reset: ["r"],
  magnifyTool: ["g"],
  pointTool: ["x"],
  lengthTool: ["m"],
  angleTool: ["a"],
  removeMark: ["Delete"],
  enlargeLeft: ["q"],
  enlargeRight: ["e"],
  blink: ["v"],
  fullScreen: ["*"],
  shortcuts: ["?"],
});

/**
 * @param {Record<string, string>} [own] action to the key that the reader chose in place of ours
 * @returns {Map<string, string>} key to action
 */
export function keyTable(own = {}) {
  const keysOf = (action) => (own[action] ? [own[action]] : KEYS[action]);
  return new Map(Object.keys(KEYS).flatMap((action) => keysOf(action).map((key) => [key, action])));
}

const STANDARD = keyTable();
const CHARACTER = /^(Shift\+)?.$/u; // WCAG 2.1.4 counts capitals too
// Holding a key down may run through slices, but must never run through scores.
const MAY_REPEAT = new Set([
  ...["nextSlice", "previousSlice", "nextPage", "previousPage", "zoomIn", "zoomOut", "brighter", "darker"],
]);
const WRITES = "textarea, select, input:not([type=radio], [type=checkbox])";

/** @param {KeyboardEvent} event @returns {string | null} "a", "?", "Shift+A", "Shift+ArrowLeft"; null with a modifier */
export function chordOf(event) {
  const { key, shiftKey } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (key.length > 1) return shiftKey ? `Shift+${key}` : key;
  const isLetter = key.toLowerCase() !== key.toUpperCase();
  // Caps lock alone changes nothing; with other characters shift only says where they are on the keyboard.
  return shiftKey && isLetter ? `Shift+${key.toUpperCase()}` : key.toLowerCase();
}

/**
 * @param {KeyboardEvent} event @param {boolean} singleKeys whether keys that print a character count
 * @param {Map<string, string>} [table] @returns {string | null} the action
 */
export function actionFor(event, singleKeys, table = STANDARD) {
  const chord = chordOf(event);
  const action = chord ? table.get(chord) : undefined;
  if (!action || (event.repeat && !MAY_REPEAT.has(action))) return null;
  // WCAG 2.1.4: shortcuts of one character can be switched off.
  return CHARACTER.test(chord) && !singleKeys && action !== "shortcuts" ? null : action;
}

/**
 * Keys that a focused control needs for itself.
 *
 * @param {Element} target @param {string} chord @returns {boolean}
 */
export function belongsToControl(target, chord) {
  if (target.closest(WRITES) || target.closest("dialog[open]")) return true;
  if (chord === "Enter") return Boolean(target.closest("button, a, summary"));
  if (chord === " ") return Boolean(target.closest("button, input, summary"));
  return target.matches("input[type=radio]") && ["ArrowLeft", "ArrowRight"].includes(chord);
}

/**
 * @param {Document} page @param {(action: string, digit: number) => void} perform
 * @param {{singleKeys: boolean, table: Map<string, string>}} keys as they are at the moment
 */
export function listenForKeys(page, perform, keys) {
  page.addEventListener("keydown", (event) => {
    const action = actionFor(event, keys.singleKeys, keys.table);
    if (!action || belongsToControl(event.target, chordOf(event))) return;
    event.preventDefault();
    perform(action, Number(event.key));
  });
}
