/** The shortcut sheet (?): what every key does, other keys for whoever wants them, and the switch for characters. */

import { ApiError, Refused } from "./api.js";
import { make } from "./elements.js";
import { KEYS, chordOf } from "./keyboard.js";
import { FIXED, showKey, showOnButtons, shownFor, whyNotKey, withKey } from "./ownkeys.js";
import { GROUPS, KEY_TEXTS, LABELS } from "./shortcutwords.js";
import { TEXTS } from "./texts.js";

const ONLY_MODIFIERS = ["Shift", "Control", "Alt", "Meta", "CapsLock", "AltGraph"];

/** @param {string} group @returns {HTMLElement} */
function groupSection(group) {
  const list = make("dl", "");
  for (const [action, label] of Object.entries(GROUPS[group])) {
    const key = make(FIXED.includes(action) ? "kbd" : "button", "key");
    key.dataset.keyOf = action;
    if (!FIXED.includes(action)) key.type = "button";
    list.append(make("dt", "", key), make("dd", "", label));
  }
  return make("section", "", make("h3", "", group), list);
}

export class ShortcutSheet {
  /** The action whose new key is waited for. @type {string | null} */
  asking = null;

  /**
   * @param {HTMLDialogElement} dialog @param {import("./readerkeys.js").ReaderKeys} keys
   */
  constructor(dialog, keys) {
    this.dialog = dialog;
    this.keys = keys;
    this.said = dialog.querySelector("[data-keys-said]");
    dialog.querySelector("[data-groups]").append(...Object.keys(GROUPS).map(groupSection));
    const characters = dialog.querySelector("[data-single-keys]");
    characters.checked = keys.singleKeys;
    characters.addEventListener("change", () => keys.allowCharacters(characters.checked));
    dialog.addEventListener("click", (event) => this.#onClick(event));
    dialog.addEventListener("keydown", (event) => this.#onKey(event));
    dialog.addEventListener("cancel", (event) => this.asking && event.preventDefault()); // Esc ends the question only
    dialog.addEventListener("close", () => this.#ask(null));
    this.#paint();
  }

  show() {
    this.said.textContent = "";
    this.dialog.showModal();
  }

  #paint() {
    const { own } = this.keys;
    for (const action of Object.keys(KEYS)) {
      const key = this.dialog.querySelector(`[data-key-of="${action}"]`);
      const shown = shownFor(action, own);
      key.textContent = this.asking === action ? "…" : shown;
      key.toggleAttribute("data-own", action in own);
      if (key.matches("button")) key.setAttribute("aria-label", KEY_TEXTS.keyFor(LABELS[action], shown));
    }
  }

  #onClick({ target }) {
    const { keyOf } = target.dataset;
    if (keyOf && target.matches("button")) return this.#ask(this.asking === keyOf ? null : keyOf);
    if (target.closest("[data-keys-reset]")) this.#keep({}, KEY_TEXTS.keysReset);
  }

  /** @param {string | null} action */
  #ask(action) {
    this.asking = action;
    this.said.textContent = action ? KEY_TEXTS.pressKey : "";
    this.#paint();
  }

  #onKey(event) {
    if (!this.asking) {
      if (event.key !== "?") return;
      event.preventDefault();
      event.stopPropagation(); // outside a closed dialog it would open it again
      return this.dialog.close();
    }
    if (ONLY_MODIFIERS.includes(event.key) || event.key === "Tab") return;
    event.preventDefault();
    if (event.key === "Escape") return this.#ask(null);
    this.#choose(chordOf(event));
  }

  /** @param {string | null} chord */
  #choose(chord) {
    const action = this.asking;
    const { own } = this.keys;
    const why = whyNotKey(action, chord, own);
    if (why) return (this.said.textContent = why); // and the question stays
    this.#ask(null);
    this.#keep(withKey(own, action, chord), KEY_TEXTS.keySet(LABELS[action], showKey(chord)));
  }

  /** Used only when the server has it: the next visit must not be a surprise. */
  async #keep(own, words) {
    try {
      await this.keys.keep(own);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return (this.said.textContent = KEY_TEXTS.keysNotKept(error instanceof Refused ? error.message : TEXTS.noServer));
    }
    this.#paint();
    showOnButtons(document, own);
    this.said.textContent = words;
  }
}
