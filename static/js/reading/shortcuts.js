/** The shortcut sheet (?) and the switch for keys of one character. */

import { BINDINGS } from "./keyboard.js";

const STORED = "readerstudy.single-keys";

/** @param {string} tag @param {string} text @returns {HTMLElement} */
function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** @param {string} group @returns {HTMLElement} */
function groupSection(group) {
  const section = document.createElement("section");
  const list = document.createElement("dl");
  for (const binding of BINDINGS.filter((each) => each.group === group)) {
    const key = document.createElement("dt");
    key.append(element("kbd", binding.show));
    list.append(key, element("dd", binding.label));
  }
  section.append(element("h3", group), list);
  return section;
}

export class ShortcutSheet {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    const groups = [...new Set(BINDINGS.map((binding) => binding.group))];
    dialog.querySelector("[data-groups]").append(...groups.map(groupSection));
    this.switch = dialog.querySelector("[data-single-keys]");
    this.switch.checked = localStorage.getItem(STORED) !== "off";
    this.switch.addEventListener("change", () => this.#remember());
    dialog.addEventListener("keydown", (event) => this.#closeOnQuestionMark(event));
  }

  /** @returns {boolean} */
  get singleKeys() {
    return this.switch.checked;
  }

  show() {
    this.dialog.showModal();
  }

  #remember() {
    localStorage.setItem(STORED, this.switch.checked ? "on" : "off");
  }

  #closeOnQuestionMark(event) {
    if (event.key !== "?") return;
    event.preventDefault();
    this.dialog.close();
  }
}
