/**
 * Both panes side by side, one alone at double size, or both in turn in one place (blink comparison). In a window that
 * lies over two screens the images meet where the screens do (reading.css).
 */

import { opposite } from "./linking.js";

const BLINK_MS = 700; // slower than three flashes a second: WCAG 2.3.1
const MORE_THAN_ONE_SCREEN = 1.5; // times as wide as the screen that the window is on

export class Layout {
  /** @type {import("./linking.js").Side | null} the side that stands alone */
  alone = null;
  timer = 0;

  /** @param {HTMLElement} room @param {() => void} changed */
  constructor(room, changed) {
    this.room = room;
    this.changed = changed;
    this.#span();
    addEventListener("resize", () => this.#span());
  }

  #span() {
    document.body.toggleAttribute("data-two-screens", outerWidth > MORE_THAN_ONE_SCREEN * screen.width);
  }

  get blinking() {
    return this.timer !== 0;
  }

  /** @param {import("./linking.js").Side | null} side */
  #show(side) {
    this.alone = side;
    if (side) this.room.dataset.alone = side;
    else delete this.room.dataset.alone;
    this.changed();
  }

  /** @param {import("./linking.js").Side} side at double size, or both again */
  enlarge(side) {
    const isAlone = this.alone === side && !this.blinking;
    this.#stop();
    this.#show(isAlone ? null : side);
  }

  blink() {
    if (this.blinking) return this.both();
    this.timer = setInterval(() => this.#show(opposite(this.alone)), BLINK_MS);
    this.#show("left");
  }

  both() {
    this.#stop();
    this.#show(null);
  }

  #stop() {
    clearInterval(this.timer);
    this.timer = 0;
  }
}
