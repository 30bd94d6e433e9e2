/** Signing in again on the page itself: the pair, its images and what waits stay as they are. */

import { ApiError, Refused } from "./api.js";
import { TEXTS } from "./texts.js";

export class SignInDialog {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {object} parts
   * @param {() => string} parts.reader only this person may go on here: what waits is his
   * @param {() => Promise<string | null>} parts.whoIsIn
   * @param {(person: {username: string, password: string, code: string}) => Promise<void>} parts.signIn
   */
  constructor(dialog, parts) {
    Object.assign(this, { dialog, parts, asking: null });
    this.form = dialog.querySelector("form");
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
  }

  /** @returns {Promise<boolean>} whether the reader is signed in now; false where he put it off */
  ask() {
    this.asking ??= this.#ask().finally(() => (this.asking = null));
    return this.asking;
  }

  async #ask() {
    const reader = this.parts.reader();
    const who = await this.parts.whoIsIn().catch(() => null);
    if (who === reader) return true; // in another window
    this.form.reset();
    this.form.elements.username.value = reader;
    this.#part("other").hidden = !who;
    this.#askCode(false);
    this.#say("");
    this.dialog.returnValue = "";
    this.dialog.showModal();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    this.form.reset(); // no password stays in the page
    return this.dialog.returnValue === "in";
  }

  async #onSubmit(event) {
    if (event.submitter?.value === "later") return; // the form closes its dialog
    event.preventDefault();
    const { username, password, code, ok } = this.form.elements;
    ok.disabled = true;
    try {
      await this.parts.signIn({ username: username.value, password: password.value, code: code.value });
      this.dialog.close("in");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error instanceof Refused ? error.message : TEXTS.noServer);
      this.#askCode(error.code === "code");
    } finally {
      ok.disabled = false;
    }
  }

  /** With a second factor the right password is not all; it stays while its code is asked for. @param {boolean} needed */
  #askCode(needed) {
    const { password, code } = this.form.elements;
    this.#part("code").hidden = !needed;
    code.value = "";
    if (!needed) password.value = "";
    if (this.dialog.open) (needed ? code : password).focus();
  }

  #say(text) {
    this.#part("problem").textContent = text;
  }

  #part(name) {
    return this.dialog.querySelector(`[data-sign-in-${name}]`);
  }
}
