/**
 * The list under the boxes: each finding with its comment and its pin. Holds no answers of its own.
 *
 * @typedef {import("./findings.js").Finding} Finding
 */

import { make } from "./elements.js";
import { TEXTS } from "./texts.js";

const SAVE_AFTER_MS = 500; // without a key pressed; leaving the field saves at once

/** @param {string} what @param {string} place @returns {HTMLButtonElement} */
function button(what, place) {
  const made = make("button", `${what} small`);
  Object.assign(made, { type: "button" });
  Object.assign(made.dataset, { what, place });
  return made;
}

/** @param {Element} element @param {string} text @param {string} label */
function write(element, text, label) {
  if (element.textContent !== text) element.textContent = text;
  element.title = label;
  element.setAttribute("aria-label", label);
}

export class FindingList {
  /** @type {Map<string, Record<string, HTMLElement>>} by place */
  rows = new Map();

  /**
   * @param {HTMLElement} root
   * @param {{comment: (place: string, text: string) => void, pin: (place: string) => void,
   *   showPin: (place: string) => void, removePin: (place: string) => void}} events
   */
  constructor(root, events) {
    this.root = root;
    root.addEventListener("click", ({ target }) => events[target.dataset.what]?.(target.dataset.place));
    this.events = events;
    root.addEventListener("change", () => this.#save());
    root.addEventListener("input", ({ target }) => {
      clearTimeout(this.timer);
      this.typing = target;
      this.timer = setTimeout(() => this.#save(), SAVE_AFTER_MS);
    });
    root.addEventListener("keydown", ({ key, target }) => {
      if (["Enter", "Escape"].includes(key) && target.matches("input")) target.blur(); // the keys go back to the pair
    });
    // A tab that is closed gives no "change", nor does what opens another pair and leaves the focus here: a button of
    // the page, and the browser's "back" key.
    for (const end of ["pagehide", "pointerdown", "popstate"]) addEventListener(end, () => this.#save(), true);
  }

  #save() {
    clearTimeout(this.timer);
    const { typing } = this;
    this.typing = null;
    if (typing) this.events.comment(typing.dataset.place, typing.value);
  }

  /** @param {Finding[]} findings @param {boolean} editable */
  render(findings, editable) {
    const places = findings.map((each) => each.place);
    if (places.join() !== [...this.rows.keys()].join()) this.#build(places);
    for (const finding of findings) this.#show(this.rows.get(finding.place), finding, editable);
    this.root.hidden = !findings.length;
  }

  /** Rows that stay keep their elements: whoever is typing in one is not interrupted. */
  #build(places) {
    if (!places.includes(this.typing?.dataset.place)) this.typing = null; // nothing of one pair may go to the next
    const rows = places.map((place) => [place, this.rows.get(place) ?? this.#row(place)]);
    this.rows = new Map(rows);
    const wanted = rows.map(([, { row }]) => row);
    for (const row of [...this.root.children]) if (!wanted.includes(row)) row.remove();
    wanted.forEach((row, i) => this.root.children[i] !== row && this.root.insertBefore(row, this.root.children[i]));
  }

  #row(place) {
    const input = Object.assign(document.createElement("input"), { type: "text", maxLength: 500, autocomplete: "off" });
    input.dataset.place = place;
    const name = make("span", "finding-name");
    const [pin, shown, removed] = ["pin", "showPin", "removePin"].map((what) => button(what, place));
    const row = make("li", "", name, input, pin, shown, removed);
    return { row, name, input, pin, shown, removed };
  }

  #show({ name, input, pin, shown, removed }, finding, editable) {
    name.textContent = `${finding.number} ${finding.label}`;
    input.placeholder = TEXTS.comment;
    input.setAttribute("aria-label", TEXTS.commentOf(finding.label));
    if (document.activeElement !== input) input.value = finding.comment;
    write(pin, TEXTS.pin, TEXTS.pinOf(finding.label));
    write(shown, finding.pin ? TEXTS.pinShown(finding.pin.slice) : "", TEXTS.showPin(finding.label));
    write(removed, "×", TEXTS.removePin(finding.label));
    pin.hidden = Boolean(finding.pin);
    shown.hidden = removed.hidden = !finding.pin;
    input.disabled = pin.disabled = removed.disabled = !editable;
  }

  /** @param {string} place */
  focus(place) {
    this.rows.get(place)?.input.focus();
  }
}
