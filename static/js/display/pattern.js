/**
 * The test pattern in device pixels: pure geometry, then one function that paints it.
 *
 * In the manner of SMPTE RP 133: grey steps from 0 to 100 % of the signal, 5 % in black, 95 % in white, and bars of
 * lines 1, 2 and 3 pixels wide. Everything stands on whole pixels, so that a line is a line and never half of two.
 *
 * @typedef {{x: number, y: number, width: number, height: number, grey: number}} Patch device pixels, grey 0..255
 * @typedef {{x: number, y: number, text: string}} Label middle of its baseline
 */

export const COLUMNS = 24; // of the pattern, in units
export const ROWS = 12;
export const STEPS = 11;
const GROUND = 25; // per cent: none of the steps, so that each has an edge
const LABEL = 80;
export const LINE_WIDTHS = Object.freeze([1, 2, 3]);

/** @param {number} percent of the signal @returns {number} grey 0..255 */
export const grey = (percent) => Math.round((255 * percent) / 100);

/** @param {number} width device pixels @param {number} height @returns {number} the largest whole unit that fits */
export const unitFor = (width, height) => Math.max(8, Math.floor(Math.min(width / COLUMNS, height / ROWS)));

/** @param {number} u @returns {Patch[]} */
function steps(u) {
  return Array.from({ length: STEPS }, (_, i) => {
    const percent = (100 * i) / (STEPS - 1);
    return { x: (1 + 2 * i) * u, y: u, width: 2 * u, height: 2 * u, grey: grey(percent) };
  });
}

/** A square with a patch of nearly the same grey in its middle. */
function nearly(u, column, percent, inner) {
  const square = { x: column * u, y: 5 * u, width: 6 * u, height: 6 * u, grey: grey(percent) };
  return [square, { x: (column + 2) * u, y: 7 * u, width: 2 * u, height: 2 * u, grey: grey(inner) }];
}

/** White lines on black: as many whole pairs of a line and a gap as fit into two units. */
function bars(u, column, line, upright) {
  const [x, y] = [column * u, (upright ? 5 : 8) * u];
  const period = 2 * line;
  const pairs = Math.floor((2 * u) / period);
  const size = pairs * period;
  const ground = { x, y, width: size, height: size, grey: 0 };
  const lines = Array.from({ length: pairs }, (_, i) =>
    upright
      ? { x: x + i * period, y, width: line, height: size, grey: 255 }
      : { x, y: y + i * period, width: size, height: line, grey: 255 },
  );
  return [ground, ...lines];
}

/** One pixel around everything: where it is cut off, the pattern is not whole. */
function frame(width, height) {
  const edge = { x: 0, y: 0, width, height, grey: 255 };
  return [
    { ...edge, height: 1 },
    { ...edge, y: height - 1, height: 1 },
    { ...edge, width: 1 },
    { ...edge, x: width - 1, width: 1 },
  ];
}

/**
 * @param {number} u whole device pixels a unit
 * @returns {{width: number, height: number, patches: Patch[], labels: Label[]}} patches in the order of painting
 */
export function testPattern(u) {
  const [width, height] = [COLUMNS * u, ROWS * u];
  const columns = LINE_WIDTHS.map((line, i) => [line, 8 + 3 * i]);
  const patches = [
    { x: 0, y: 0, width, height, grey: grey(GROUND) },
    ...frame(width, height),
    ...steps(u),
    ...nearly(u, 1, 0, 5),
    ...nearly(u, 17, 100, 95),
    ...columns.flatMap(([line, column]) => [...bars(u, column, line, true), ...bars(u, column, line, false)]),
  ];
  const labels = [
    ...steps(u).map((step, i) => ({ x: step.x + u, y: 3.8 * u, text: `${10 * i}` })),
    ...columns.map(([line, column]) => ({ x: (column + 1) * u, y: 10.8 * u, text: `${line} px` })),
  ];
  return { width, height, patches, labels };
}

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof testPattern>} pattern @param {number} u */
export function paint(context, pattern, u) {
  const shade = (level) => `rgb(${level} ${level} ${level})`;
  for (const { x, y, width, height, grey: level } of pattern.patches) {
    context.fillStyle = shade(level);
    context.fillRect(x, y, width, height);
  }
  context.fillStyle = shade(grey(LABEL));
  context.font = `${Math.round(0.55 * u)}px system-ui, sans-serif`;
  context.textAlign = "center";
  for (const { x, y, text } of pattern.labels) context.fillText(text, x, y);
}
