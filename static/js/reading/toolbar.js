/** Buttons with `data-action` do what the key of the same action does; some of them show a state. */

import { PRESSED } from "./viewactions.js";

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

export class PressedButtons {
  /** @param {HTMLElement} root */
  constructor(root) {
    const found = (action) => [root.querySelector(`[data-action="${action}"]`), PRESSED[action]];
    this.buttons = Object.keys(PRESSED).map(found);
  }

  /** After each painted frame: only what changed is written. @param {import("./pairviewer.js").PairViewer} viewer */
  show(viewer) {
    for (const [button, isPressed] of this.buttons) {
      const pressed = String(isPressed(viewer));
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  }
}
