/** Buttons with `data-action` do what the key of the same action does; some of them show a state. */

/** @type {Record<string, (viewer: import("./pairviewer.js").PairViewer) => boolean>} */
const PRESSED = {
  windowTool: (viewer) => viewer.tool === "window",
  panTool: (viewer) => viewer.tool === "pan",
  zoomTool: (viewer) => viewer.tool === "zoom",
  scrollTool: (viewer) => viewer.tool === "scroll",
  invert: (viewer) => viewer.state.inverted,
  linkSlices: (viewer) => viewer.state.linked.slices,
  linkView: (viewer) => viewer.state.linked.view,
};

/** @param {HTMLElement} root @param {(action: string) => void} perform */
export function listenForButtons(root, perform) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) perform(button.dataset.action);
  });
  // A click must not move the focus: the next Enter or arrow would go to the button instead of the pair.
  root.addEventListener("mousedown", (event) => {
    if (event.target.closest("button, label") && !event.target.closest("dialog")) event.preventDefault();
  });
}

/** @param {HTMLElement} root @param {import("./pairviewer.js").PairViewer} viewer */
export function showPressed(root, viewer) {
  for (const [action, isPressed] of Object.entries(PRESSED)) {
    root.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(isPressed(viewer)));
  }
}
