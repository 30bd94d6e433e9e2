/**
 * Which key does what: one table, read by the handler and by the shortcut sheet.
 *
 * @typedef {{action: string, keys: string[], show: string, label: string, group: string}} Binding
 */

/** @type {readonly Binding[]} */
export const BINDINGS = Object.freeze([
  { group: "Scoring", action: "answer", keys: [..."123456789"], show: "1 – 5", label: "Answer the current item and go on" },
  { group: "Scoring", action: "nextItem", keys: ["ArrowDown"], show: "↓", label: "Next item" },
  { group: "Scoring", action: "previousItem", keys: ["ArrowUp"], show: "↑", label: "Previous item" },
  { group: "Scoring", action: "clear", keys: ["Backspace", "0"], show: "0", label: "Clear the current item" },
  { group: "Scoring", action: "yes", keys: ["y"], show: "Y", label: "Of diagnostic quality" },
  { group: "Scoring", action: "no", keys: ["n"], show: "N", label: "Not of diagnostic quality" },
  { group: "Scoring", action: "findings", keys: ["c"], show: "C", label: "Consistency findings (then 1 left, 2 right)" },
  { group: "Scoring", action: "finish", keys: ["Enter"], show: "Enter", label: "Finish the pair, or go to what is open" },
  { group: "Pairs", action: "nextPair", keys: ["Shift+ArrowRight"], show: "Shift →", label: "Next pair" },
  { group: "Pairs", action: "previousPair", keys: ["Shift+ArrowLeft"], show: "Shift ←", label: "Previous pair" },
  { group: "Slices", action: "nextSlice", keys: ["ArrowRight"], show: "→", label: "Next slice" },
  { group: "Slices", action: "previousSlice", keys: ["ArrowLeft"], show: "←", label: "Previous slice" },
  { group: "Slices", action: "nextPage", keys: ["PageDown"], show: "Page ↓", label: "Five slices on" },
  { group: "Slices", action: "previousPage", keys: ["PageUp"], show: "Page ↑", label: "Five slices back" },
  { group: "Slices", action: "firstSlice", keys: ["Home"], show: "Home", label: "First slice" },
  { group: "Slices", action: "lastSlice", keys: ["End"], show: "End", label: "Last slice" },
  { group: "Slices", action: "linkSlices", keys: ["l"], show: "L", label: "Link or unlink the slices (keeps the offset)" },
  { group: "Image", action: "windowTool", keys: ["w"], show: "W", label: "Window: drag sideways for contrast, up for brighter" },
  { group: "Image", action: "panTool", keys: ["p"], show: "P", label: "Pan by drag (or middle button)" },
  { group: "Image", action: "zoomTool", keys: ["z"], show: "Z", label: "Zoom by drag (or right button, Ctrl + wheel)" },
  { group: "Image", action: "scrollTool", keys: ["s"], show: "S", label: "Slices by drag (or wheel)" },
  { group: "Image", action: "brighter", keys: ["b"], show: "B", label: "Brighter" },
  { group: "Image", action: "darker", keys: ["d"], show: "D", label: "Darker" },
  { group: "Image", action: "invert", keys: ["i"], show: "I", label: "Invert" },
  { group: "Image", action: "zoomIn", keys: ["+", "="], show: "+", label: "Zoom in" },
  { group: "Image", action: "zoomOut", keys: ["-"], show: "−", label: "Zoom out" },
  { group: "Image", action: "fit", keys: ["f"], show: "F", label: "Fit to the pane" },
  { group: "Image", action: "oneToOne", keys: ["o"], show: "O", label: "One image pixel on one screen pixel" },
  { group: "Image", action: "linkView", keys: ["k"], show: "K", label: "Link or unlink zoom and pan" },
  { group: "Image", action: "reset", keys: ["r"], show: "R", label: "Reset window, zoom, pan and links" },
  { group: "Help", action: "shortcuts", keys: ["?"], show: "?", label: "Show or hide this sheet" },
]);

const BY_KEY = new Map(BINDINGS.flatMap((binding) => binding.keys.map((key) => [key, binding])));
// Holding a key down may run through slices, but must never run through scores.
const MAY_REPEAT = new Set(["Slices", "Image"]);
const WRITES = "textarea, select, input:not([type=radio], [type=checkbox])";

/** @param {KeyboardEvent} event @returns {string | null} "a", "?", "Shift+ArrowLeft"; null with a modifier */
export function chordOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key.length === 1) return event.key.toLowerCase();
  return event.shiftKey ? `Shift+${event.key}` : event.key;
}

/**
 * @param {KeyboardEvent} event @param {boolean} singleKeys whether keys that print a character count
 * @returns {Binding | null}
 */
export function bindingFor(event, singleKeys) {
  const chord = chordOf(event);
  const binding = chord ? BY_KEY.get(chord) : undefined;
  if (!binding || (event.repeat && !MAY_REPEAT.has(binding.group))) return null;
  // WCAG 2.1.4: shortcuts of one character can be switched off.
  return chord.length === 1 && !singleKeys && binding.action !== "shortcuts" ? null : binding;
}

/**
 * Keys that a focused control needs for itself.
 *
 * @param {Element} target @param {string} chord @returns {boolean}
 */
export function belongsToControl(target, chord) {
  if (target.closest(WRITES) || target.closest("dialog[open]")) return true;
  if (chord === "Enter") return Boolean(target.closest("button, a, summary"));
  return target.matches("input[type=radio]") && ["ArrowLeft", "ArrowRight"].includes(chord);
}

/**
 * @param {Document} page @param {(action: string, digit: number) => void} perform
 * @param {() => boolean} singleKeys
 */
export function listenForKeys(page, perform, singleKeys) {
  page.addEventListener("keydown", (event) => {
    const binding = bindingFor(event, singleKeys());
    if (!binding || belongsToControl(event.target, chordOf(event))) return;
    event.preventDefault();
    perform(binding.action, Number(event.key));
  });
}
