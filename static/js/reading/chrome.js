/** The frame around images and scores: where the reader is, whether everything is saved, what went wrong. */

import { isTrouble, receiptText } from "./receipt.js";
import { TEXTS } from "./texts.js";

export class Chrome {
  /** @param {Document} page */
  constructor(page) {
    this.page = page;
    const parts = page.querySelectorAll("[data-part]");
    this.parts = Object.fromEntries([...parts].map((part) => [part.dataset.part, part]));
    this.parts["notice-close"].addEventListener("click", () => this.closeNotice());
  }

  /** @param {import("./config.js").PairConfig} config */
  showPair({ position, total, study_title, image_label, urls, protocol }) {
    this.page.title = TEXTS.pageTitle(position, total, study_title);
    this.parts.position.textContent = TEXTS.position(position, total);
    Object.assign(this.parts.progress, { value: position, max: total });
    this.parts["image-label"].textContent = image_label;
    this.parts.worklist.href = urls.worklist;
    this.parts.previous.disabled = !urls.previous;
    this.parts.next.disabled = !urls.next;
    this.page.querySelector('[data-action="blink"]').hidden = !protocol.blink_comparison;
    this.parts.instructions.textContent = protocol.instructions ?? "";
    if (!this.noticeStays) this.closeNotice();
  }

  /** @param {number} loaded @param {number} total slices of each side */
  showLoaded(loaded, total) {
    Object.assign(this.parts.loaded, { value: loaded, max: total });
    this.parts.loaded.setAttribute("aria-label", TEXTS.slicesLoaded(loaded, total));
    this.parts.loaded.hidden = loaded === total;
  }

  /** @param {import("./autosave.js").Status} status */
  showStatus(status) {
    const text = receiptText(status);
    this.parts.receipt.textContent = text;
    this.parts.receipt.dataset.kind = status.kind;
    this.parts["sign-in"].hidden = status.kind !== "signIn";
    if (status.kind === "signIn" && !this.asked) this.parts["sign-in"].click();
    this.asked = status.kind === "signIn" || (this.asked && status.kind !== "saved"); // once, until all is well
    // Each "saved" aloud would drown everything else; trouble, and its end, are said once.
    if (isTrouble(status) !== Boolean(this.inTrouble)) this.say(text);
    this.inTrouble = isTrouble(status);
  }

  /** @param {string} text to screen readers only */
  say(text) {
    this.parts.announcer.textContent = text;
  }

  /** @param {string} text @param {{stays?: boolean}} [options] stays: also when the next pair is opened */
  notice(text, { stays = false } = {}) {
    this.noticeStays = stays;
    this.parts["notice-text"].textContent = text;
    this.parts.notice.hidden = false;
  }

  closeNotice() {
    this.noticeStays = false;
    this.parts.notice.hidden = true;
  }
}
