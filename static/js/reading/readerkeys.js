/**
 * The keys as this reader has them. The sheet that shows and changes them is fetched when it is asked for: few readers
 * look at it twice.
 */

import { keyTable } from "./keyboard.js";
import { TEXTS } from "./texts.js";

const STORED = "readerstudy.single-keys";

export class ReaderKeys {
  /**
   * @param {import("./ownkeys.js").OwnKeys} own
   * @param {(own: import("./ownkeys.js").OwnKeys) => Promise<unknown>} store on the server
   */
  constructor(own, store) {
    this.store = store;
    this.singleKeys = localStorage.getItem(STORED) !== "off";
    this.#use(own);
  }

  #use(own) {
    this.own = own;
    this.table = keyTable(own);
  }

  /** Used only when the server has them: the next visit must not be a surprise. */
  async keep(own) {
    await this.store(own);
    this.#use(own);
  }

  /** @param {boolean} allowed whether keys that print a character count */
  allowCharacters(allowed) {
    this.singleKeys = allowed;
    localStorage.setItem(STORED, allowed ? "on" : "off");
  }

  /** The buttons tell the reader's keys, where they are not ours. @param {Document} page */
  async tell(page) {
    if (!Object.keys(this.own).length) return;
    await TEXTS.sheetWords();
    const { showOnButtons } = await import("./ownkeys.js");
    showOnButtons(page, this.own);
  }

  /** @param {HTMLDialogElement} dialog */
  async showSheet(dialog) {
    await TEXTS.sheetWords();
    const { ShortcutSheet } = await import("./shortcuts.js");
    this.sheet ??= new ShortcutSheet(dialog, this);
    this.sheet.show();
  }
}
