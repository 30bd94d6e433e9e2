/**
 * One pair's answers at the reader's desk: which item is current, what a key or a click changes, what is still
 * open. Sends every change on at once; knows nothing of images or HTTP.
 *
 * @typedef {import("./autosave.js").ServerState} ServerState
 */

import {
  END,
  afterAnswer,
  changeFor,
  countFindings,
  neighbour,
  openSteps,
  stepsOf,
  tally,
} from "./scoring.js";
import { TEXTS } from "./texts.js";

export class Desk {
  /**
   * @param {object} parts
   * @param {import("./scorepanel.js").ScorePanel} parts.panel
   * @param {(answers: Record<string, number | null>, reason: string | null) =>
   *   Promise<{version: number} | undefined>} parts.submit resolves with the receipt, or nothing where refused
   * @param {() => Promise<string | null>} parts.askReason null where the reader thought better of it
   * @param {(text: string) => void} parts.say to screen readers
   * @param {(text: string) => void} parts.notice to everybody
   */
  constructor(parts) {
    this.parts = parts;
    this.ready = false;
  }

  /** @param {import("./config.js").PairConfig} config */
  open(config) {
    this.protocol = config.protocol;
    this.steps = stepsOf(config.protocol);
    Object.assign(this, { answers: {}, editable: config.editable, finished: config.finished, reason: null });
    /** @type {Map<string, {value: number | null, version: number}>} this desk's own changes of this pair */
    this.own = new Map();
    Object.assign(this, { current: this.steps[0].id, findingsOpen: false, showOpen: false, ready: false });
    this.#buildPanel();
    this.render();
  }

  #buildPanel() {
    const fingerprint = JSON.stringify(this.protocol);
    if (fingerprint !== this.built) this.parts.panel.build(this.protocol, this.steps);
    this.built = fingerprint;
  }

  /**
   * Show what the server has, with the changes on top that it has not confirmed yet.
   *
   * A state is always older than the moment: the reader may have answered while it was on its way. So what was
   * answered here stays, unless the state is at least as new as its confirmation.
   *
   * @param {ServerState} state @param {Record<string, number | null>} waiting
   */
  applyState(state, waiting) {
    const newer = [...this.own].filter(([, change]) => change.version > state.version);
    const own = Object.fromEntries(newer.map(([item, change]) => [item, change.value]));
    this.answers = { ...state.answers, ...waiting, ...own };
    this.finished = state.finished;
    if (!this.ready) this.current = openSteps(this.steps, this.answers)[0]?.id ?? END;
    this.ready = true;
    this.render();
  }

  /** @param {string} id */
  visit(id) {
    this.current = id;
    this.render();
  }

  /** @param {1 | -1} direction */
  move(direction) {
    this.visit(neighbour(this.steps, this.current, direction, this.findingsOpen));
    this.#sayPlace("");
  }

  /**
   * @param {number} digit @param {string} [id] the current step where none is named
   * @param {boolean} [stay] do not go on to the next step
   */
  async answer(digit, id = this.current, stay = false) {
    const step = this.steps.find((each) => each.id === id);
    const choice = step && changeFor(step, digit, this.answers);
    this.current = id;
    if (!choice || !(await this.#change(choice.item, choice.value))) return this.render();
    if (!stay) this.current = afterAnswer(this.steps, id);
    this.render();
    this.#sayPlace(TEXTS.answered(step.label, choice.label));
  }

  /** Y or N: the current side, else the first side that has no answer. @param {1 | 0} value */
  async answerDiagnostic(value) {
    const steps = this.steps.filter((step) => step.kind === "diagnostic");
    const step = steps.find((each) => each.id === this.current) ?? openSteps(steps, this.answers)[0];
    const choice = step?.choices.find((each) => each.value === value);
    if (choice) await this.answer(choice.digit, step.id);
  }

  async clear() {
    const step = this.steps.find((each) => each.id === this.current);
    if (!step || step.kind === "finding" || this.answers[step.id] == null) return;
    if (this.finished) return this.parts.notice(TEXTS.clearAfterFinish);
    if (await this.#change(step.id, null)) this.parts.say(TEXTS.cleared(step.label));
    this.render();
  }

  /** @returns {Promise<boolean>} whether the change was made */
  async #change(item, value) {
    if (!this.ready || !this.editable || this.answers[item] === value) return this.answers[item] === value;
    if (this.finished) this.reason ??= await this.parts.askReason();
    if (this.finished && !this.reason) return false;
    this.answers = { ...this.answers, [item]: value };
    this.#submit(item, value);
    return true;
  }

  async #submit(item, value) {
    const { own } = this;
    const change = { value, version: Infinity };
    own.set(item, change);
    const saved = await this.parts.submit({ [item]: value }, this.finished ? this.reason : null);
    if (saved) change.version = saved.version;
    else if (own.get(item) === change) own.delete(item); // refused: the server's state holds
  }

  toggleFindings() {
    const [first] = this.steps.filter((step) => step.kind === "finding");
    if (!first) return;
    this.findingsOpen = !this.findingsOpen;
    this.current = this.findingsOpen ? first.id : (openSteps(this.steps, this.answers)[0]?.id ?? END);
    this.render();
    this.#sayPlace("");
  }

  /** @returns {boolean} whether nothing is open; otherwise the open items are shown and the first is current */
  checkComplete() {
    const open = openSteps(this.steps, this.answers);
    if (!open.length) return true;
    this.showOpen = true;
    this.current = open[0].id;
    this.render();
    this.parts.say(`${TEXTS.missing(open.length)}: ${open.map((step) => step.label).join(", ")}`);
    return false;
  }

  /** The reader finished the pair; its confirmation may still be on its way. */
  close() {
    this.finished = true;
    this.render();
  }

  render() {
    const open = openSteps(this.steps, this.answers);
    this.parts.panel.render({
      answers: this.answers,
      current: this.current,
      findingsOpen: this.findingsOpen,
      findings: countFindings(this.steps, this.answers),
      editable: this.ready && this.editable,
      finished: this.finished,
      open: new Set(this.showOpen ? open.map((step) => step.id) : []),
      summary: this.#summary(open.length),
    });
  }

  #summary(openCount) {
    if (!this.editable) return TEXTS.readOnly;
    if (this.finished) return this.reason ? TEXTS.correcting(this.reason) : TEXTS.correctable;
    if (openCount) return TEXTS.missing(openCount);
    const { left, none, right } = tally(this.protocol, this.steps, this.answers);
    return TEXTS.summary(left, none, right);
  }

  #sayPlace(before) {
    const step = this.steps.find((each) => each.id === this.current);
    const place = step ? TEXTS.nowAt(step.label) : this.finished ? "" : TEXTS.complete;
    this.parts.say(`${before} ${place}`.trim());
  }
}
