/**
 * What a key or a button of the tool bar does to the images, and what the buttons show.
 *
 * @typedef {import("./pairviewer.js").PairViewer} PairViewer
 */

const ZOOM_STEP = 1.25;
const PAGE = 5;

/** @type {Record<string, string>} action to tool of the left button */
const TOOLS = {
  windowTool: "window",
  scrollTool: "scroll",
  panTool: "pan",
  zoomTool: "zoom",
  magnifyTool: "magnify",
  lengthTool: "length",
  angleTool: "angle",
  pointTool: "point",
};

const chooseTools = Object.entries(TOOLS).map(([action, tool]) => [action, (viewer) => viewer.choose(tool)]);

/** @type {Record<string, (viewer: PairViewer) => void>} */
export const VIEW_ACTIONS = {
  ...Object.fromEntries(chooseTools),
  nextSlice: (viewer) => viewer.scroll(1),
  previousSlice: (viewer) => viewer.scroll(-1),
  nextPage: (viewer) => viewer.scroll(PAGE),
  previousPage: (viewer) => viewer.scroll(-PAGE),
  firstSlice: (viewer) => viewer.goTo(0),
  lastSlice: (viewer) => viewer.goTo(viewer.state.geometry.slices - 1),
  cine: (viewer) => viewer.cine.toggle(),
  nudgeBack: (viewer) => viewer.state.nudge(-1),
  nudgeOn: (viewer) => viewer.state.nudge(1),
  resetOffset: (viewer) => viewer.state.nudge(0),
  zoomIn: (viewer) => viewer.zoomMiddle(ZOOM_STEP),
  zoomOut: (viewer) => viewer.zoomMiddle(1 / ZOOM_STEP),
  fit: (viewer) => viewer.state.fit(viewer.side),
  oneToOne: (viewer) => viewer.oneToOne(),
  reset: (viewer) => viewer.state.reset(),
  autoWindow: (viewer) => viewer.state.autoWindow(),
  invert: (viewer) => viewer.state.invert(),
  brighter: (viewer) => viewer.brighten(1),
  darker: (viewer) => viewer.brighten(-1),
  smooth: (viewer) => viewer.toggleSmooth(),
  removeMark: (viewer) => viewer.removeMark(),
  linkSlices: (viewer) => viewer.state.toggleLink("slices"),
  linkZoom: (viewer) => viewer.state.toggleLink("zoom"),
  linkPan: (viewer) => viewer.state.toggleLink("pan"),
  enlargeLeft: (viewer) => viewer.layout.enlarge("left"),
  enlargeRight: (viewer) => viewer.layout.enlarge("right"),
  blink: (viewer) => viewer.blink(),
  fullScreen: () => toggleFullScreen(),
};

/** A browser may refuse (a kiosk, a frame): then nothing changes, and there is nothing to say. */
function toggleFullScreen() {
  if (document.fullscreenElement) return document.exitFullscreen();
  return document.documentElement.requestFullscreen?.().catch(() => {});
}

const toolPressed = Object.entries(TOOLS).map(([action, tool]) => [action, (viewer) => viewer.tool === tool]);

/** @type {Record<string, (viewer: PairViewer) => boolean>} */
export const PRESSED = {
  ...Object.fromEntries(toolPressed),
  invert: (viewer) => viewer.state.inverted,
  smooth: (viewer) => viewer.smooth,
  cine: (viewer) => viewer.cine.playing,
  linkSlices: (viewer) => viewer.state.linked.slices,
  linkZoom: (viewer) => viewer.state.linked.zoom,
  linkPan: (viewer) => viewer.state.linked.pan,
  enlargeLeft: (viewer) => viewer.layout.alone === "left" && !viewer.layout.blinking,
  enlargeRight: (viewer) => viewer.layout.alone === "right" && !viewer.layout.blinking,
  blink: (viewer) => viewer.layout.blinking,
  fullScreen: () => Boolean(document.fullscreenElement),
};
