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
  { group: "Slices", action: "scrollTool", keys: ["s"], show: "S", label: "Slices by drag (or wheel)" },
  { group: "Slices", action: "cine", keys: [" "], show: "Space", label: "Cine: run through the slices, or stop" },
  { group: "Slices", action: "linkSlices", keys: ["l"], show: "L", label: "Link or unlink the slices (keeps the offset)" },
  { group: "Slices", action: "nudgeBack", keys: [","], show: ",", label: "Right stack one slice back against the left" },
  { group: "Slices", action: "nudgeOn", keys: ["."], show: ".", label: "Right stack one slice on against the left" },
  { group: "Slices", action: "resetOffset", keys: ["j"], show: "J", label: "Join by place again: no offset" },
  { group: "Window", action: "windowTool", keys: ["w"], show: "W", label: "Window: drag sideways for contrast, up for brighter" },
  { group: "Window", action: "autoWindow", keys: ["u"], show: "U", label: "Automatic window, made from both sides" },
  { group: "Window", action: "brighter", keys: ["b"], show: "B", label: "Brighter" },
  { group: "Window", action: "darker", keys: ["d"], show: "D", label: "Darker" },
  { group: "Window", action: "invert", keys: ["i"], show: "I", label: "Invert" },
  { group: "Image", action: "panTool", keys: ["p"], show: "P", label: "Pan by drag (or middle button)" },
  { group: "Image", action: "zoomTool", keys: ["z"], show: "Z", label: "Zoom by drag (or right button, Ctrl + wheel)" },
  { group: "Image", action: "zoomIn", keys: ["+", "="], show: "+", label: "Zoom in" },
  { group: "Image", action: "zoomOut", keys: ["-"], show: "−", label: "Zoom out" },
  { group: "Image", action: "fit", keys: ["f"], show: "F", label: "Fit to the pane" },
  { group: "Image", action: "oneToOne", keys: ["o"], show: "O", label: "One image pixel on one screen pixel" },
  { group: "Image", action: "linkZoom", keys: ["k"], show: "K", label: "Link or unlink the zoom" },
  { group: "Image", action: "linkPan", keys: ["h"], show: "H", label: "Link or unlink panning (keeps the shift)" },
  { group: "Image", action: "smooth", keys: ["t"], show: "T", label: "Smooth between pixels, or bare pixels (both sides)" },
  { group: "Image", action: "reset", keys: ["r"], show: "R", label: "Reset window, zoom, pan, offset and links" },
  { group: "Look closer", action: "magnifyTool", keys: ["g"], show: "G", label: "Magnifying glass, on both sides" },
  { group: "Look closer", action: "pointTool", keys: ["x"], show: "X", label: "Point: show the same place on the other side" },
  { group: "Look closer", action: "lengthTool", keys: ["m"], show: "M", label: "Measure a length by drag; drag its ends to change it" },
  { group: "Look closer", action: "angleTool", keys: ["a"], show: "A", label: "Measure an angle: drag one leg, then drag the other" },
  { group: "Look closer", action: "removeMark", keys: ["Delete"], show: "Del", label: "Remove the selected measurement, else the newest" },
  { group: "Screen", action: "enlargeLeft", keys: ["q"], show: "Q", label: "Left side at double size, or both" },
  { group: "Screen", action: "enlargeRight", keys: ["e"], show: "E", label: "Right side at double size, or both" },
  { group: "Screen", action: "blink", keys: ["v"], show: "V", label: "Blink: both sides in turn in one place, where allowed" },
  { group: "Screen", action: "fullScreen", keys: ["*"], show: "*", label: "Full screen" },
  { group: "Help", action: "shortcuts", keys: ["?"], show: "?", label: "Show or hide this sheet" },
]);

const BY_KEY = new Map(BINDINGS.flatMap((binding) => binding.keys.map((key) => [key, binding])));
// Holding a key down may run through slices, but must never run through scores.
const MAY_REPEAT = new Set([
  ...["nextSlice", "previousSlice", "nextPage", "previousPage", "zoomIn", "zoomOut", "brighter", "darker"],
]);
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
  if (!binding || (event.repeat && !MAY_REPEAT.has(binding.action))) return null;
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
  if (chord === " ") return Boolean(target.closest("button, input, summary"));
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
