/** What a reader says about a finding: brings the list, the pins on the images and the desk together. */

import { FindingList } from "./findinglist.js";
import { Pins } from "./pins.js";
import { TEXTS } from "./texts.js";

export class Describer {
  /**
   * @param {HTMLElement} root of the list
   * @param {{desk: import("./desk.js").Desk, viewer: import("./pairviewer.js").PairViewer,
   *   chrome: import("./chrome.js").Chrome}} parts
   */
  constructor(root, { desk, viewer, chrome }) {
    this.desk = desk;
    this.chrome = chrome;
    this.pins = new Pins(viewer, {
      put: (place, pin) => desk.describe("pin", place, pin),
      notice: (text) => chrome.notice(text),
      say: (text) => chrome.say(text),
      done: () => chrome.closeNotice(),
    });
    this.list = new FindingList(root, {
      comment: (place, text) => desk.describe("comment", place, text.trim() || null),
      pin: (place) => this.pins.ask(this.#at(place)),
      showPin: (place) => this.pins.visit(this.#at(place)),
      removePin: (place) => desk.describe("pin", place, null),
    });
  }

  #at(place) {
    return this.desk.findings.find((each) => each.place === place);
  }

  /** @param {import("./findings.js").Finding[]} findings @param {boolean} editable */
  show(findings, editable) {
    this.list.render(findings, editable);
    this.pins.show(findings);
  }

  /** The finding that was ticked last, for the keys. */
  #last() {
    const { lastFinding, findingsOpen } = this.desk;
    if (!lastFinding) this.chrome.notice(TEXTS.tickFirst);
    else if (!findingsOpen) this.desk.toggleFindings();
    return lastFinding;
  }

  comment() {
    const finding = this.#last();
    if (finding) this.list.focus(finding.place);
  }

  pin() {
    const finding = this.#last();
    if (finding && this.desk.editable) this.pins.ask(finding);
  }
}
