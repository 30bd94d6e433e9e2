/**
 * Where an image lies on its canvas: pure maths, no DOM.
 *
 * Image coordinates count pixels from the outer corner of the first pixel (0..columns, 0..rows); device
 * coordinates count physical screen pixels from the canvas' top left corner. Non-square pixels keep their
 * physical aspect: the scales along x and y have the ratio of the spacings.
 *
 * @typedef {{rows: number, columns: number, slices: number, spacing_mm: [number, number, number]}} Geometry
 * @typedef {{width: number, height: number}} Size in device pixels
 * @typedef {{zoom: number, panX: number, panY: number}} View zoom 1 fits the canvas; pan in image pixels
 * @typedef {{scaleX: number, scaleY: number, offsetX: number, offsetY: number, pixelsPerMm: number}} Placement
 * @typedef {{x: number, y: number}} Point
 */

export const FIT = Object.freeze({ zoom: 1, panX: 0, panY: 0 });
const ZOOM_LIMITS = [0.1, 40];
const BAR_LENGTHS_MM = [200, 100, 50, 20, 10, 5, 2, 1];

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * @param {Geometry} geometry @param {Size} size
 * @returns {number} device pixels per mm at zoom 1
 */
function fittingScale(geometry, size) {
  const [, rowSpacing, columnSpacing] = geometry.spacing_mm;
  return Math.min(size.width / (geometry.columns * columnSpacing), size.height / (geometry.rows * rowSpacing));
}

/** @param {Geometry} geometry @param {View} view @param {Size} size @returns {Placement} */
function exactPlacement(geometry, view, size) {
  const [, rowSpacing, columnSpacing] = geometry.spacing_mm;
  const pixelsPerMm = fittingScale(geometry, size) * view.zoom;
  const scaleX = pixelsPerMm * columnSpacing;
  const scaleY = pixelsPerMm * rowSpacing;
  const offsetX = size.width / 2 + (view.panX - geometry.columns / 2) * scaleX;
  const offsetY = size.height / 2 + (view.panY - geometry.rows / 2) * scaleY;
  return { scaleX, scaleY, offsetX, offsetY, pixelsPerMm };
}

/**
 * The placement that is painted. Offsets are whole device pixels, so that at 1:1 every image pixel is one
 * screen pixel and nothing is interpolated.
 *
 * @param {Geometry} geometry @param {View} view @param {Size} size @returns {Placement}
 */
export function place(geometry, view, size) {
  const placement = exactPlacement(geometry, view, size);
  return { ...placement, offsetX: Math.round(placement.offsetX), offsetY: Math.round(placement.offsetY) };
}

/** @param {Placement} placement @param {Point} point device pixels @returns {Point} image pixels */
export function toImage(placement, point) {
  return {
    x: (point.x - placement.offsetX) / placement.scaleX,
    y: (point.y - placement.offsetY) / placement.scaleY,
  };
}

/**
 * Zoom while the image point under the pointer stays under the pointer.
 *
 * @param {Geometry} geometry @param {View} view @param {Size} size
 * @param {Point} point device pixels @param {number} factor @returns {View}
 */
export function zoomAt(geometry, view, size, point, factor) {
  const zoom = clamp(view.zoom * factor, ...ZOOM_LIMITS);
  const before = toImage(exactPlacement(geometry, view, size), point);
  const after = toImage(exactPlacement(geometry, { ...view, zoom }, size), point);
  return { zoom, panX: view.panX + after.x - before.x, panY: view.panY + after.y - before.y };
}

/**
 * @param {Geometry} geometry @param {View} view @param {Size} size
 * @param {number} dx device pixels @param {number} dy device pixels @returns {View}
 */
export function panBy(geometry, view, size, dx, dy) {
  const { scaleX, scaleY } = exactPlacement(geometry, view, size);
  // At least the middle of the image's edge stays reachable: an image can't be lost off screen.
  return {
    zoom: view.zoom,
    panX: clamp(view.panX + dx / scaleX, -geometry.columns / 2, geometry.columns / 2),
    panY: clamp(view.panY + dy / scaleY, -geometry.rows / 2, geometry.rows / 2),
  };
}

/**
 * One image pixel on one screen pixel. Where pixels are not square this holds along the axis of the finer
 * spacing; the other axis is stretched, so that no stored pixel is dropped.
 *
 * @param {Geometry} geometry @param {View} view @param {Size} size @returns {View}
 */
export function oneToOne(geometry, view, size) {
  const [, rowSpacing, columnSpacing] = geometry.spacing_mm;
  const pixelsPerMm = 1 / Math.min(rowSpacing, columnSpacing);
  return { ...view, zoom: clamp(pixelsPerMm / fittingScale(geometry, size), ...ZOOM_LIMITS) };
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
