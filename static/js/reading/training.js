/**
 * Training only: ticks the list of things to try at the station as they happen, and tells the server. It knows how the
 * station is used, never how good an answer is.
 *
 * @typedef {import("./station.js").Station} Station
 */

import { ApiError } from "./api.js";
import { actionFor, belongsToControl, chordOf } from "./keyboard.js";
import { openSteps } from "./scoring.js";

const LOOKS_EVERY_MS = 400;
const TRIES_AGAIN_MS = 4000;

/** @type {Readonly<Record<string, string>>} action of a key or button to what was tried by it */
const BY_ACTION = Object.freeze({
  ...{ brighter: "window", darker: "window", invert: "window", zoomIn: "zoom", zoomOut: "zoom", oneToOne: "zoom" },
  ...{ linkSlices: "link", linkZoom: "link", linkPan: "link", reset: "reset" },
});

/**
 * What can be seen to have been tried, from how the station stands.
 *
 * @param {Station} station @returns {string[]}
 */
export function triedBy({ viewer, viewing, desk }) {
  const { state } = viewer;
  const { missing } = viewing.log;
  const { findings } = desk;
  const seen = {
    slices: !missing.left.length && !missing.right.length,
    window: String(Object.values(state.window)) !== String(Object.values(state.standard)),
    zoom: state.views.left.zoom !== 1 || state.views.right.zoom !== 1,
    finding: findings.length > 0,
    pin: findings.some(({ pin }) => pin),
    finish: desk.finished,
  };
  return Object.keys(seen).filter((task) => seen[task]);
}

/** Answers as they were; says when one of them was given anew. */
export class Corrections {
  known = new Map();

  /** @param {string} reading @param {Record<string, unknown>} answers @returns {boolean} whether one was corrected */
  see(reading, answers) {
    const known = this.known.get(reading) ?? new Map();
    this.known.set(reading, known);
    let corrected = false;
    for (const [item, answer] of Object.entries(answers)) {
      if (answer == null || !/^(feature|diagnostic):/.test(item)) continue;
      const text = JSON.stringify(answer);
      corrected ||= known.has(item) && known.get(item) !== text;
      known.set(item, text);
    }
    return corrected;
  }
}

/** How a thing is done stands over the images: Esc takes it away until another one is asked for. */
function hideOnEscape(strip) {
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") strip.dataset.hushed = "";
  });
  for (const sign of ["focusin", "mouseover"]) strip.addEventListener(sign, () => delete strip.dataset.hushed);
}

class TrainingList {
  /** @param {HTMLElement} strip @param {Station} station */
  constructor(strip, station) {
    Object.assign(this, { strip, station, corrections: new Corrections(), openAtFinish: 0, untold: false, triedAt: 0 });
    this.items = new Map([...strip.querySelectorAll("[data-task]")].map((item) => [item.dataset.task, item]));
  }

  get tried() {
    return [...this.items].filter(([, item]) => "done" in item.dataset).map(([task]) => task);
  }

  /** @param {string} task */
  tick(task) {
    const item = this.items.get(task);
    if (!item || "done" in item.dataset) return;
    item.dataset.done = "";
    item.querySelector("[data-state]").textContent = this.strip.querySelector("[data-tried]").content.textContent.trim();
    this.untold = true;
  }

  /** @param {string} action @param {boolean} byKey */
  note(action, byKey) {
    if (BY_ACTION[action]) this.tick(BY_ACTION[action]);
    if (byKey && action === "answer") this.tick("keyboard");
    if (action === "finish") this.#noteOpen();
    this.look();
  }

  #noteOpen() {
    const { desk } = this.station;
    const open = desk.ready && !desk.finished ? openSteps(desk.steps, desk.answers).length : 0;
    if (open <= this.openAtFinish) return;
    this.openAtFinish = open;
    this.untold = true;
  }

  look() {
    const { pair, desk, viewer } = this.station;
    if (!pair || !desk.ready || !viewer.state) return;
    const { reading, position } = pair.config;
    if (reading !== this.reading) Object.assign(this, { reading, openAtFinish: 0 });
    this.strip.querySelector("[data-training-position]").textContent = position;
    for (const task of triedBy(this.station)) this.tick(task);
    if (this.corrections.see(reading, desk.answers)) this.tick("correct");
    this.#tell(pair.config.training.handling);
  }

  /** The whole each time: what could not be told is told with the next try. */
  async #tell(url) {
    const now = performance.now();
    if (!this.untold || now - this.triedAt < (this.failed ? TRIES_AGAIN_MS : 0)) return;
    Object.assign(this, { untold: false, failed: false, triedAt: now });
    try {
      await this.station.api.post(url, { tasks: this.tried, open_at_finish: this.openAtFinish });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      Object.assign(this, { untold: true, failed: true });
    }
  }
}

/** @param {Station} station @param {import("./readerkeys.js").ReaderKeys} keys */
export function follow(station, keys) {
  const list = new TrainingList(document.querySelector("[data-training]"), station);
  const later = (action, byKey) => setTimeout(() => list.note(action, byKey)); // when the station has done it
  document.addEventListener(
    "keydown",
    (event) => {
      const action = actionFor(event, keys.singleKeys, keys.table);
      if (!action || belongsToControl(event.target, chordOf(event))) return;
      if (action === "finish") list.note(action, true); // before the pair is closed
      else later(action, true);
    },
    true,
  );
  document.addEventListener(
    "click",
    ({ target }) => {
      const action = target.closest("[data-action]")?.dataset.action;
      if (action === "finish") list.note(action, false);
      else if (action) later(action, false);
    },
    true,
  );
  hideOnEscape(list.strip);
  setInterval(() => list.look(), LOOKS_EVERY_MS);
}
