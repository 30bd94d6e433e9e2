/** Puts a finding's pin on the image: waits for a click on its side, and shows where a pin is. */

import { pinAt, placeOf } from "./findings.js";
import { TEXTS } from "./texts.js";

export class Pins {
  /** @type {import("./findings.js").Finding | null} the one whose place is asked for */
  waiting = null;

  /**
   * @param {import("./pairviewer.js").PairViewer} viewer
   * @param {{put: (place: string, pin: import("./findings.js").Pin) => void, notice: (text: string) => void,
   *   say: (text: string) => void, done: () => void}} parts `done`: nothing is asked any more
   */
  constructor(viewer, parts) {
    Object.assign(this, { viewer, parts });
    viewer.onPin = (side, slice, mm) => this.#placed(side, slice, mm);
    addEventListener("keydown", (event) => event.key === "Escape" && this.stop());
  }

  /**
   * Ask for the place. Asked again while it waits (without a mouse), it is the middle of what is seen of that side.
   *
   * @param {import("./findings.js").Finding} finding
   */
  ask(finding) {
    if (this.waiting?.place === finding.place) return this.#placed(finding.side, ...this.viewer.middleOf(finding.side));
    this.stop();
    this.waiting = finding;
    this.before = [this.viewer.tool, this.viewer.toolChosen];
    this.viewer.choose("pin");
    this.parts.notice(TEXTS.pinHere(finding.side));
  }

  #placed(side, slice, mm) {
    const finding = this.waiting;
    if (!finding) return;
    if (side !== finding.side) return this.parts.notice(TEXTS.pinOtherSide(finding.side));
    this.stop();
    this.parts.put(finding.place, pinAt(this.viewer.state.geometry, slice, mm));
    this.parts.say(TEXTS.pinned(slice));
  }

  stop() {
    if (!this.waiting) return;
    this.waiting = null;
    const [tool, chosen] = this.before;
    this.viewer.choose(tool);
    this.viewer.toolChosen = chosen;
    this.parts.done();
  }

  /** @param {import("./findings.js").Finding[]} findings the viewer paints those that have a pin */
  show(findings) {
    const { viewer } = this;
    if (this.waiting && !findings.some(({ place }) => place === this.waiting.place)) this.stop();
    viewer.pins = findings
      .filter(({ pin }) => pin)
      .map(({ side, number, pin }) => ({ side, number, slice: pin.slice, at: (frame) => placeOf(frame, pin) }));
    if (viewer.state) viewer.repaint();
  }

  /** Go where the pin is. @param {import("./findings.js").Finding} finding */
  visit({ side, pin }) {
    this.viewer.side = side;
    this.viewer.goTo(pin.slice);
  }
}
