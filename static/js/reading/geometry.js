/**
 * Where images lie on their canvas: pure maths, no DOM.
 *
 * Both stacks of a pair lie in one frame, measured in mm from its top left corner; each slice says where its own
 * grid of pixels lies in it. Device coordinates count physical screen pixels from the canvas' top left corner.
 * So both sides always have one scale, and pixels that are not square keep their physical aspect.
 *
 * @typedef {{rows: number, columns: number, slices: number, spacing_mm: [number, number, number],
 *   extent_mm: [number, number], calibrated: boolean}} Frame extent is [height, width] of what both stacks cover
 * @typedef {{rows: number, columns: number, rowMm: number, columnMm: number, topMm: number, leftMm: number}} Grid
 * @typedef {{width: number, height: number}} Size in device pixels
 * @typedef {{zoom: number, panX: number, panY: number}} View zoom 1 fits the frame into the canvas; pan in mm
 * @typedef {{pixelsPerMm: number, offsetX: number, offsetY: number}} Placement of the frame, device pixels
 * @typedef {{scaleX: number, scaleY: number, offsetX: number, offsetY: number}} PixelPlacement of a grid
 * @typedef {{x: number, y: number}} Point
 */

export const FIT = Object.freeze({ zoom: 1, panX: 0, panY: 0 });
const ZOOM_LIMITS = [0.1, 40];
const BAR_LENGTHS_MM = [200, 100, 50, 20, 10, 5, 2, 1];

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {Frame} frame @param {Size} size @returns {number} device pixels per mm at zoom 1 */
function fittingScale(frame, size) {
  const [height, width] = frame.extent_mm;
  return Math.min(size.width / width, size.height / height);
}

/** @param {Frame} frame @param {View} view @param {Size} size @returns {Placement} */
export function place(frame, view, size) {
  const [height, width] = frame.extent_mm;
  const pixelsPerMm = fittingScale(frame, size) * view.zoom;
  const offsetX = size.width / 2 + (view.panX - width / 2) * pixelsPerMm;
  const offsetY = size.height / 2 + (view.panY - height / 2) * pixelsPerMm;
  return { pixelsPerMm, offsetX, offsetY };
}

/**
 * Where the pixels of a slice are painted. Offsets are whole device pixels, so that at 1:1 every image pixel is one
 * screen pixel and nothing is interpolated.
 *
 * @param {Placement} placement @param {Grid} grid @returns {PixelPlacement}
 */
export function placePixels({ pixelsPerMm, offsetX, offsetY }, grid) {
  return {
    scaleX: pixelsPerMm * grid.columnMm,
    scaleY: pixelsPerMm * grid.rowMm,
    offsetX: Math.round(offsetX + grid.leftMm * pixelsPerMm),
    offsetY: Math.round(offsetY + grid.topMm * pixelsPerMm),
  };
}

/** @param {Placement} placement @param {Point} point device pixels @returns {Point} mm in the frame */
export function toFrame({ pixelsPerMm, offsetX, offsetY }, point) {
  return { x: (point.x - offsetX) / pixelsPerMm, y: (point.y - offsetY) / pixelsPerMm };
}

/** @param {Placement} placement @param {Point} point mm in the frame @returns {Point} device pixels */
export function toDevice({ pixelsPerMm, offsetX, offsetY }, point) {
  return { x: offsetX + point.x * pixelsPerMm, y: offsetY + point.y * pixelsPerMm };
}

/**
 * Zoom while the place under the pointer stays under the pointer.
 *
 * @param {Frame} frame @param {View} view @param {Size} size
 * @param {Point} point device pixels @param {number} factor @returns {View}
 */
export function zoomAt(frame, view, size, point, factor) {
  const zoom = clamp(view.zoom * factor, ...ZOOM_LIMITS);
  const before = toFrame(place(frame, view, size), point);
  const after = toFrame(place(frame, { ...view, zoom }, size), point);
  return { zoom, panX: view.panX + after.x - before.x, panY: view.panY + after.y - before.y };
}

/**
 * @param {Frame} frame @param {View} view @param {Size} size
 * @param {number} dx device pixels @param {number} dy device pixels @returns {View}
 */
export function panBy(frame, view, size, dx, dy) {
  const { pixelsPerMm } = place(frame, view, size);
  return withinReach(frame, { ...view, panX: view.panX + dx / pixelsPerMm, panY: view.panY + dy / pixelsPerMm });
}

/**
 * At least the middle of the frame's edge stays reachable: an image can't be lost off screen.
 *
 * @param {Frame} frame @param {View} view @returns {View}
 */
export function withinReach(frame, view) {
  const [height, width] = frame.extent_mm;
  return {
    ...view,
    panX: clamp(view.panX, -width / 2, width / 2),
    panY: clamp(view.panY, -height / 2, height / 2),
  };
}

/**
 * One image pixel on one screen pixel, along the axis of the finest spacing of both stacks; where spacings differ
 * the other pixels are stretched, so that no stored pixel is dropped and both sides keep one scale.
 *
 * @param {Frame} frame @param {View} view @param {Size} size @returns {View}
 */
export function oneToOne(frame, view, size) {
  const [, row, column] = frame.spacing_mm;
  return { ...view, zoom: clamp(1 / Math.min(row, column) / fittingScale(frame, size), ...ZOOM_LIMITS) };
}

/**
 * The longest round length that takes at most a third of the canvas.
 *
 * @param {Placement} placement @param {Size} size @returns {{mm: number, pixels: number}}
 */
export function scaleBar(placement, size) {
  const fits = BAR_LENGTHS_MM.find((mm) => mm * placement.pixelsPerMm <= size.width / 3);
  const mm = fits ?? BAR_LENGTHS_MM.at(-1);
  return { mm, pixels: mm * placement.pixelsPerMm };
}
