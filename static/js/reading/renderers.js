/** Chooses how to paint. Both sides always paint the same way: the two renderers round differently. */

import { CanvasRenderer } from "./renderer-2d.js";
import { NoGraphics, WebGL2Renderer } from "./renderer-webgl2.js";

/** @param {HTMLElement} host @returns {HTMLCanvasElement} */
function freshCanvas(host) {
  // A canvas that once gave a WebGL context never gives a 2D one, so each attempt gets its own.
  host.querySelector("canvas.image")?.remove();
  const canvas = document.createElement("canvas");
  canvas.className = "image";
  host.prepend(canvas);
  return canvas;
}

/**
 * @param {HTMLElement[]} hosts one a side @param {string | null} wanted "webgl2", "2d" or the best there is
 * @param {() => void} restored called when a lost graphics context is back
 * @returns {(WebGL2Renderer | CanvasRenderer)[]}
 */
export function createRenderers(hosts, wanted, restored) {
  const options = { allowSoftware: wanted === "webgl2", restored };
  const made = [];
  try {
    if (wanted === "2d") throw new NoGraphics("The 2D renderer was asked for.");
    for (const host of hosts) made.push(new WebGL2Renderer(freshCanvas(host), options));
    return made;
  } catch (error) {
    if (!(error instanceof NoGraphics)) throw error;
    for (const renderer of made) renderer.dispose();
    return hosts.map((host) => new CanvasRenderer(freshCanvas(host)));
  }
}
