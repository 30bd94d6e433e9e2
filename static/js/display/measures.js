/**
 * What a browser knows of its screen, in device pixels: pure functions of the window.
 *
 * Chromium leaves `screen.width` as it is when the page is zoomed but changes the pixel ratio; then the inside of the
 * window is narrower than its outside by the same factor. A side bar looks the same, so the reader is asked.
 */

export const CARD_MM = 85.6; // the long edge of a bank card: ISO/IEC 7810, ID-1
const ZOOMED_FROM = 1.09; // less is the frame of the window

/** @param {{innerWidth: number, outerWidth: number}} view @returns {number} 1 where the page is not zoomed in */
export function zoomOf({ innerWidth, outerWidth }) {
  const zoom = outerWidth / innerWidth;
  return zoom >= ZOOMED_FROM && Number.isFinite(zoom) ? zoom : 1;
}

/** @param {Window} view @param {number | null} cardPx width of the card in CSS pixels, null without one */
export function measure(view, cardPx) {
  const ratio = view.devicePixelRatio;
  const whole = ratio / zoomOf(view);
  return {
    screen_width_px: Math.round(view.screen.width * whole),
    screen_height_px: Math.round(view.screen.height * whole),
    window_width_px: Math.round(view.innerWidth * ratio),
    window_height_px: Math.round(view.innerHeight * ratio),
    colour_depth: view.screen.colorDepth,
    pixel_ratio: ratio,
    pixel_pitch_mm: cardPx ? Number((CARD_MM / (cardPx * ratio)).toFixed(5)) : null,
  };
}

/** @param {{screen_width_px: number, screen_height_px: number}} screen @param {{width: number, height: number}} minimum */
export function isLargeEnough(screen, minimum) {
  return screen.screen_width_px >= minimum.width && screen.screen_height_px >= minimum.height;
}
