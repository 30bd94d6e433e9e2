// The upload panel: choose, send, see the report.

import { fromChooser, fromDrop } from "./collect.js";
import { post } from "./requests.js";
import { Sender } from "./sender.js";
import { Pace, files, size, timeLeft } from "./words.js";

/** @typedef {import("./collect.js").Found} Found */

class UploadPanel {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    /** @type {Found[]} */
    this.chosen = [];
    /** @type {Sender | null} */
    this.sender = null;
    /** @type {import("./requests.js").Begun | null} */
    this.begun = null;
    this.pace = new Pace();
    this.#listen();
    this.#show("drop");
  }

  /** @param {string} hook */
  #part(hook) {
    return this.panel.querySelector(`[data-${hook}]`);
  }

  #listen() {
    const drop = this.#part("drop");
    for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, (event) => this.#hover(event, true));
    drop.addEventListener("dragleave", (event) => this.#hover(event, false));
    drop.addEventListener("drop", async (event) => {
      this.#hover(event, false);
      this.#choose(await fromDrop(event.dataTransfer));
    });
    for (const input of this.panel.querySelectorAll("[data-choose]")) {
      input.addEventListener("change", () => this.#choose(fromChooser(input.files)));
    }
    const buttons = { send: this.#begin, clear: this.#again, pause: this.#pauseOrGoOn, cancel: this.#cancel };
    for (const [hook, act] of Object.entries(buttons)) this.#part(hook).addEventListener("click", act.bind(this));
    window.addEventListener("beforeunload", (event) => this.sender && event.preventDefault());
  }

  /**
   * @param {DragEvent} event
   * @param {boolean} over
   */
  #hover(event, over) {
    event.preventDefault();
    this.#part("drop").classList.toggle("over", over);
  }

  /** @param {"drop" | "ready" | "going"} stage */
  #show(stage) {
    for (const hook of ["drop", "ready", "going"]) this.#part(hook).hidden = hook !== stage;
  }

  /** @param {string} words */
  #say(words) {
    const status = this.#part("status");
    if (status.textContent !== words) status.textContent = words; // said once, not at every step
  }

  /** @param {Found[]} found */
  #choose(found) {
    if (found.length === 0) {
      this.#say("There are no files in it.");
      return;
    }
    this.chosen = found;
    const bytes = found.reduce((sum, { file }) => sum + file.size, 0);
    this.#part("chosen").textContent = `${files(found.length)} · ${size(bytes)}`;
    this.#say("");
    this.#show("ready");
    this.#part("send").focus();
  }

  #again() {
    this.chosen = [];
    for (const input of this.panel.querySelectorAll("[data-choose]")) input.value = "";
    this.#show("drop");
  }

  async #begin() {
    this.#part("send").disabled = true;
    try {
      this.begun = await post(this.panel.dataset.upload, { arm: this.#part("arm").value });
    } catch (error) {
      this.#say(error.message);
      return;
    } finally {
      this.#part("send").disabled = false;
    }
    const listener = { onChange: () => this.#draw(), onStop: (message) => this.#say(message) };
    this.sender = new Sender(this.chosen, this.begun.file_url, listener);
    this.pace = new Pace();
    this.#part("report").replaceChildren();
    this.#show("going");
    await this.#send();
  }

  async #send() {
    this.#say("Sending.");
    this.#part("pause").textContent = "Pause";
    const complete = await this.sender?.run();
    if (complete) await this.#finish();
    else if (this.sender) this.#part("pause").textContent = "Go on";
  }

  async #pauseOrGoOn() {
    if (this.sender.control.signal.aborted) {
      await (this.sender.waiting.length > 0 ? this.#send() : this.#finish());
    } else {
      this.sender.pause();
      this.#say("Paused. What was sent is kept.");
    }
  }

  async #cancel() {
    this.sender.pause();
    this.#reset();
    this.#say("Cancelled. Nothing of it was taken in.");
    // The server drops an upload that nobody completes; asking at once only frees its disk sooner.
    await post(this.begun.cancel_url).catch(() => {});
  }

  async #finish() {
    try {
      const { report_url: reportUrl } = await post(this.begun.finish_url);
      this.#listFailures();
      this.#reset();
      this.#say("Everything is sent. Below stands what becomes of it; you can leave this page.");
      window.htmx.ajax("GET", reportUrl, { target: this.#part("report"), swap: "innerHTML" });
      window.htmx.trigger("#board", "refresh");
    } catch (error) {
      this.sender.pause();
      this.#part("pause").textContent = "Go on";
      this.#say(`${error.message} All files are sent; press "Go on" to complete the upload.`);
    }
  }

  #reset() {
    this.sender = null;
    this.#again();
  }

  #draw() {
    if (!this.sender) return;
    const { sentBytes, totalBytes, doneFiles, totalFiles, retryInS } = this.sender;
    this.pace.mark(performance.now() / 1000, sentBytes);
    this.#part("bar").value = totalBytes > 0 ? sentBytes / totalBytes : doneFiles / totalFiles;
    const left = timeLeft(this.pace.secondsFor(totalBytes - sentBytes));
    const words = [`${doneFiles} of ${files(totalFiles)}`, `${size(sentBytes)} of ${size(totalBytes)}`, left];
    this.#part("words").textContent = words.filter(Boolean).join(" · ");
    if (this.sender.control.signal.aborted) return;
    this.#say(retryInS > 0 ? `The connection broke. Trying again in ${retryInS} s; nothing is lost.` : "Sending.");
  }

  #listFailures() {
    const list = this.#part("failed");
    const items = this.sender.failures.map(({ found, message }) => {
      const item = document.createElement("li");
      item.className = "error";
      item.textContent = `${found.path}: ${message}`;
      return item;
    });
    list.replaceChildren(...items);
    list.hidden = items.length === 0;
  }
}

for (const panel of document.querySelectorAll("[data-upload]")) new UploadPanel(panel);
