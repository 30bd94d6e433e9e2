/**
 * The findings of a pair, with what is said about each and where it is: pure, no DOM.
 *
 * @typedef {{slice: number, x: number, y: number}} Pin slice is a rung from 0; x and y are pixels of the pair's frame
 * @typedef {import("./linking.js").Side} Side
 * @typedef {{place: string, side: Side, number: number, label: string, comment: string, pin: Pin | null}} Finding
 *   `place` is "loss_anatomy:left", as in the items of its box, comment and pin
 */

const BOX = "consistency:";

/**
 * @param {import("./scoring.js").Step[]} steps @param {import("./scoring.js").Answers} answers
 * @returns {Finding[]} ticked boxes in the order of the panel, numbered from 1
 */
export function findingsOf(steps, answers) {
  const boxes = steps.filter((step) => step.kind === "finding").flatMap((step) => step.choices);
  const ticked = boxes.filter((box) => answers[box.item]);
  return ticked.map(({ item, what }, i) => {
    const place = item.slice(BOX.length);
    const [comment, pin] = [answers[`comment:${place}`] ?? "", answers[`pin:${place}`] ?? null];
    return { place, side: place.split(":")[1], number: i + 1, label: what, comment, pin };
  });
}

/**
 * What goes with a box that is unticked: nothing may be said about a finding that is none.
 *
 * @param {string} item of the box @param {import("./scoring.js").Answers} answers
 * @returns {Record<string, null>}
 */
export function goesWith(item, answers) {
  const place = item.slice(BOX.length);
  const said = [`comment:${place}`, `pin:${place}`].filter((each) => answers[each] != null);
  return Object.fromEntries(said.map((each) => [each, null]));
}

/** @param {import("./geometry.js").Frame} frame @param {number} slice @param {{x: number, y: number}} mm @returns {Pin} */
export function pinAt({ spacing_mm: [, row, column], extent_mm: [height, width] }, slice, mm) {
  const inside = (value, most) => Math.round(10 * Math.min(most, Math.max(0, value))) / 10;
  // Rounded down at the far edge, where a tenth of a pixel more would lie outside.
  const most = (extent, spacing) => Math.floor((10 * extent) / spacing) / 10;
  return { slice, x: inside(mm.x / column, most(width, column)), y: inside(mm.y / row, most(height, row)) };
}

/** @param {import("./geometry.js").Frame} frame @param {Pin} pin @returns {{x: number, y: number}} mm in the frame */
export function placeOf({ spacing_mm: [, row, column] }, { x, y }) {
  return { x: x * column, y: y * row };
}
