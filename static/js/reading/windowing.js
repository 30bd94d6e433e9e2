/**
 * The display window: pure maths. One window serves both sides, and a reader only ever sees it as per cent
 * of the pair's default window, because raw numbers could tell arms apart.
 *
 * @typedef {{center: number, width: number}} Window
 */

import { clamp } from "./geometry.js";

const WIDTH_LIMITS = [0.01, 10]; // of the default width
const CENTER_LIMIT = 3; // default widths away from the default centre
const DRAG_PIXELS_A_WIDTH = 500; // so the feel is the same for every image set
const PRESET_STEP = 0.1;

/**
 * Slope and intercept that turn a stored value into a grey of 0..1 before clamping.
 * PS3.3 C.11.2.1.2.1 (LINEAR): y = ((x - (c - 0.5)) / (w - 1) + 0.5), w >= 1.
 *
 * @param {Window} window @param {boolean} inverted @returns {{slope: number, intercept: number}}
 */
export function greyLine(window, inverted) {
  const slope = 1 / Math.max(window.width - 1, 1e-3);
  const intercept = 0.5 - (window.center - 0.5) * slope;
  return inverted ? { slope: -slope, intercept: 1 - intercept } : { slope, intercept };
}

/** @param {Window} window @param {Window} standard @returns {Window} */
function limited(window, standard) {
  const [narrowest, widest] = WIDTH_LIMITS;
  const reach = CENTER_LIMIT * standard.width;
  return {
    center: clamp(window.center, standard.center - reach, standard.center + reach),
    width: Math.max(1, clamp(window.width, narrowest * standard.width, widest * standard.width)),
  };
}

/**
 * Drag right for less contrast (a wider window), drag down for darker.
 *
 * @param {Window} window @param {Window} standard the pair's default window
 * @param {number} dx CSS pixels @param {number} dy CSS pixels @returns {Window}
 */
export function dragWindow(window, standard, dx, dy) {
  const gain = standard.width / DRAG_PIXELS_A_WIDTH;
  return limited({ center: window.center + dy * gain, width: window.width + dx * gain }, standard);
}

/** @param {Window} window @param {Window} standard @param {1 | -1} direction 1 brighter @returns {Window} */
export function brighten(window, standard, direction) {
  return limited({ ...window, center: window.center - direction * PRESET_STEP * standard.width }, standard);
}

/**
 * @param {Window} window @param {Window} standard
 * @returns {{width: number, level: number}} per cent of the default width; level 0 is the default
 */
export function windowPercent(window, standard) {
  return {
    width: Math.round((100 * window.width) / standard.width),
    level: Math.round((100 * (window.center - standard.center)) / standard.width) || 0,
  };
}
