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
  isSame,
  neighbour,
  openSteps,
  restAnswers,
  stepsOf,
  tally,
} from "./scoring.js";
import { findingsOf, goesWith } from "./findings.js";
import { TEXTS } from "./texts.js";

export class Desk {
  /**
   * @param {object} parts
   * @param {import("./scorepanel.js").ScorePanel} parts.panel
   * @param {(answers: Record<string, number | null>, reason: string | null) =>
   *   Promise<{version: number} | undefined>} parts.submit resolves with the receipt, or nothing where refused
   * @param {(left: AbortSignal) => Promise<string | null>} parts.askReason null where the reader thought better of it
   * @param {(left: AbortSignal) => Promise<string | null>} parts.askWhyNot the code of a reason why a feature is not
   *   assessable
   * @param {(findings: import("./findings.js").Finding[], editable: boolean) => void} parts.showFindings
   * @param {(text: string) => void} parts.say to screen readers
   * @param {(text: string) => void} parts.notice to everybody
   */
  constructor(parts) {
    this.parts = parts;
    this.ready = false;
    this.asking = false; // the pair must not change under a question
    this.left = new AbortController();
  }

  /** @param {import("./config.js").PairConfig} config */
  open(config) {
    this.left.abort(); // a question about the pair before is void: its answer must never go to this pair
    this.left = new AbortController();
    this.protocol = config.protocol;
    this.steps = stepsOf(config.protocol);
    Object.assign(this, { answers: {}, editable: config.editable, finished: config.finished, reason: null });
    /** @type {Map<string, {value: number | null, version: number}>} this desk's own changes of this pair */
    this.own = new Map();
    Object.assign(this, { current: this.steps[0].id, findingsOpen: false, showOpen: false });
    Object.assign(this, { ready: false, asking: false });
    this.finding = null; // the place of the one that was ticked last
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
    if (!choice || !(await this.#change(this.#allOf(step, choice)))) return this.render();
    if (!stay) this.current = afterAnswer(this.steps, id);
    this.render();
    this.#sayPlace(TEXTS.answered(step.label, choice.label));
  }

  /** A box that is unticked takes along what was said about it. */
  #allOf(step, { item, value }) {
    if (step.kind !== "finding") return { [item]: value };
    this.finding = value ? item.split(":").slice(1).join(":") : null;
    return { [item]: value, ...(value ? {} : goesWith(item, this.answers)) };
  }

  /** @returns {import("./findings.js").Finding[]} */
  get findings() {
    return findingsOf(this.steps, this.answers);
  }

  /** @returns {import("./findings.js").Finding | undefined} the one that was ticked last, else the newest in the list */
  get lastFinding() {
    const { findings } = this;
    return findings.find((each) => each.place === this.finding) ?? findings.at(-1);
  }

  /** @param {"comment" | "pin"} what @param {string} place @param {import("./scoring.js").Answer} said */
  async describe(what, place, said) {
    await this.#change({ [`${what}:${place}`]: said });
    this.render();
  }

  /** One recorded act: every feature without an answer shows no difference. */
  async restNoDifference() {
    if (!this.protocol.rest_no_difference) return;
    const rest = restAnswers(this.protocol, this.steps, this.answers);
    const count = Object.keys(rest).length;
    if (!count || !(await this.#change(rest))) return;
    this.current = openSteps(this.steps, this.answers)[0]?.id ?? END;
    this.render();
    this.#sayPlace(TEXTS.restAnswered(count));
  }

  /** @param {string} [id] a feature; the current step where none is named */
  async notAssessable(id = this.current) {
    const step = this.steps.find((each) => each.id === id && each.kind === "feature");
    if (!step || !this.protocol.not_assessable.length || !this.ready || !this.editable) return;
    this.visit(id);
    const code = await this.#ask(this.parts.askWhyNot);
    if (!code || !(await this.#change({ [id]: { not_assessable: code } }))) return this.render();
    this.current = afterAnswer(this.steps, id);
    this.render();
    this.#sayPlace(TEXTS.answered(step.label, TEXTS.notAssessable));
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
    if (await this.#change({ [step.id]: null })) this.parts.say(TEXTS.cleared(step.label));
    this.render();
  }

  /** @param {import("./scoring.js").Answers} wanted @returns {Promise<boolean>} whether it is so now */
  async #change(wanted) {
    const changes = Object.entries(wanted).filter(([item, answer]) => !isSame(this.answers[item], answer));
    if (!changes.length) return true;
    if (!this.ready || !this.editable) return false;
    if (this.finished && !this.reason) {
      const reason = await this.#ask(this.parts.askReason);
      if (!reason) return false;
      this.reason = reason;
    }
    this.answers = { ...this.answers, ...Object.fromEntries(changes) };
    this.#submit(changes);
    return true;
  }

  /** @returns {Promise<string | null>} null also where the reader left the pair meanwhile */
  async #ask(question) {
    const { signal } = this.left;
    this.asking = true;
    const said = await question(signal);
    if (signal.aborted) return null;
    this.asking = false;
    return said;
  }

  async #submit(changes) {
    const { own } = this;
    const made = changes.map(([item, value]) => [item, { value, version: Infinity }]);
    for (const [item, change] of made) own.set(item, change);
    const saved = await this.parts.submit(Object.fromEntries(changes), this.finished ? this.reason : null);
    for (const [item, change] of made) {
      if (saved) change.version = saved.version;
      else if (own.get(item) === change) own.delete(item); // refused: the server's state holds
    }
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
    const { findings } = this;
    this.parts.showFindings(findings, this.ready && this.editable);
    this.parts.panel.render({
      answers: this.answers,
      current: this.current,
      findingsOpen: this.findingsOpen,
      findings: findings.length,
      editable: this.ready && this.editable,
      finished: this.finished,
      open: new Set(this.showOpen ? open.map((step) => step.id) : []),
      summary: this.#summary(open.length, findings.length),
    });
  }

  #summary(openCount, findings) {
    if (!this.editable) return TEXTS.readOnly;
    if (this.finished) return this.reason ? TEXTS.correcting(this.reason) : TEXTS.correctable;
    if (openCount) return TEXTS.missing(openCount);
    return TEXTS.summary({ ...tally(this.protocol, this.steps, this.answers), findings });
  }

  #sayPlace(before) {
    const step = this.steps.find((each) => each.id === this.current);
    const place = step ? TEXTS.nowAt(step.label) : this.finished ? "" : TEXTS.complete;
    this.parts.say(`${before} ${place}`.trim());
  }
}
