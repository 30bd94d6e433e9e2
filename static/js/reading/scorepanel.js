/**
 * The panel's rows: native radio buttons and checkboxes, built from the steps and painted from a state.
 * Holds no answers of its own.
 *
 * @typedef {import("./scoring.js").Step} Step
 * @typedef {import("./scoring.js").Choice} Choice
 * @typedef {{answers: import("./scoring.js").Answers, current: string, findingsOpen: boolean,
 *   findings: number, editable: boolean, open: Set<string>, summary: string, finished: boolean}} PanelState
 */

import { make } from "./elements.js";
import { SIDES } from "./linking.js";
import { addButtons, showReason } from "./notassessable.js";
import { END, valueOf } from "./scoring.js";
import { TEXTS } from "./texts.js";

/** @param {Step} step @param {Choice} choice @returns {HTMLElement} */
function choiceControl(step, choice) {
  const input = document.createElement("input");
  input.type = step.kind === "finding" ? "checkbox" : "radio";
  input.name = choice.item;
  input.value = String(choice.value);
  input.dataset.digit = String(choice.digit);
  const name = step.kind === "finding" ? choice.what : choice.label;
  input.setAttribute("aria-label", TEXTS.choiceLabel(choice.digit, name));
  const words = step.kind === "feature" ? [] : [make("span", "choice-word", choice.label)];
  const label = make("label", "choice", input, make("span", "choice-face", String(choice.digit), ...words));
  label.title = name;
  return label;
}

/** @param {Step} step @returns {HTMLElement} */
function stepRow(step) {
  const name = make("span", "step-name", step.name);
  const choices = make("div", "choices", ...step.choices.map((choice) => choiceControl(step, choice)));
  const row = make("div", `step ${step.kind}`, name, choices);
  row.setAttribute("role", step.kind === "finding" ? "group" : "radiogroup");
  row.setAttribute("aria-label", step.label);
  row.dataset.step = step.id;
  return row;
}

/** @param {Step} step @returns {string} */
const wordsOf = (step) => step.choices.map((choice) => choice.label).join("|");

/**
 * The words of the boxes once, above their columns, as those of the scale; a row with other boxes keeps its own.
 *
 * @param {Step[]} steps @param {Map<string, HTMLElement>} rows @returns {HTMLElement | string}
 */
function boxWords(steps, rows) {
  const wide = steps.find((step) => step.kind === "finding" && step.choices.length > SIDES.length);
  if (!wide) return "";
  for (const step of steps) rows.get(step.id).toggleAttribute("data-under-words", wordsOf(step) === wordsOf(wide));
  const line = make("div", "choices box-words", ...wide.choices.map((choice) => make("span", "", choice.label)));
  line.setAttribute("aria-hidden", "true"); // every box has its whole name
  return line;
}

export class ScorePanel {
  /**
   * @param {HTMLElement} root
   * @param {{answer: (step: string, digit: number, stay: boolean) => void, visit: (step: string) => void,
   *   notAssessable: (step: string) => void}} events
   *   stay: the arrows run through the choices of a row, so they don't move on
   */
  constructor(root, events) {
    this.root = root;
    this.events = events;
    this.places = Object.fromEntries([...root.querySelectorAll("[data-rows]")].map((e) => [e.dataset.rows, e]));
    root.addEventListener("keydown", (event) => (this.byArrow = event.key.startsWith("Arrow")), true);
    root.addEventListener("click", (event) => this.#onClick(event));
    root.addEventListener("change", (event) => this.#onChange(event));
    root.addEventListener("focusin", (event) => this.#onFocus(event));
  }

  #part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  /** @param {import("./scoring.js").Protocol} protocol @param {Step[]} steps */
  build(protocol, steps) {
    this.root.style.setProperty("--choices", String(protocol.scale.length));
    this.#part("scale").replaceChildren(...protocol.scale.map((choice) => make("span", "", choice.label)));
    this.protocol = protocol;
    this.#part("rest").hidden = !protocol.rest_no_difference;
    this.rows = new Map(steps.map((step) => [step.id, stepRow(step)]));
    addButtons(protocol, this.rows);
    for (const kind of Object.keys(this.places)) {
      const rows = steps.filter((step) => step.kind === kind).map((step) => this.rows.get(step.id));
      const words = kind === "finding" ? [boxWords(steps, this.rows)] : [];
      this.places[kind].replaceChildren(...words, ...rows);
      this.places[kind].closest("section").hidden = rows.length === 0;
    }
  }

  /** @param {PanelState} state */
  render(state) {
    for (const [id, row] of this.rows) this.#renderRow(row, id, state);
    this.root.toggleAttribute("data-findings-open", state.findingsOpen);
    this.places.finding.hidden = !state.findingsOpen;
    const toggle = this.#part("findings-toggle");
    toggle.setAttribute("aria-expanded", String(state.findingsOpen));
    this.#part("rest").disabled = !state.editable || state.finished;
    this.#part("findings-count").textContent = state.findings ? TEXTS.findings(state.findings) : TEXTS.noFindings;
    this.root.toggleAttribute("data-has-findings", state.findings > 0);
    this.#part("summary").textContent = state.summary;
    this.#renderFinish(state);
    this.#followFocus(state.current);
  }

  #renderRow(row, id, { answers, current, editable, open }) {
    row.toggleAttribute("data-current", id === current);
    row.toggleAttribute("data-open", open.has(id));
    row.toggleAttribute("data-by-rest", answers[id]?.by === "rest");
    showReason(row, this.protocol, answers[id], editable);
    for (const input of row.querySelectorAll("input")) {
      const value = valueOf(answers[input.name]);
      input.checked = value != null && String(value) === input.value;
      input.disabled = !editable;
    }
  }

  #renderFinish({ current, editable, finished }) {
    const button = this.#part("finish");
    button.toggleAttribute("data-current", current === END && !finished);
    button.disabled = !editable || finished;
    button.querySelector("span").textContent = finished ? TEXTS.finished : TEXTS.finish;
  }

  /** Whoever walks the panel by Tab or with a screen reader is taken along to the next row. */
  #followFocus(current) {
    const focused = document.activeElement?.closest("[data-step], [data-part=finish]");
    if (!focused || !this.root.contains(focused)) return;
    const row = this.rows.get(current) ?? this.#part("finish");
    if (row === focused) return;
    const target = row.querySelector?.("input:checked") ?? row.querySelector?.("input") ?? row;
    target.focus();
  }

  #onClick(event) {
    const row = event.target.closest("[data-step]");
    const { unassessed } = event.target.dataset;
    if (unassessed) return this.events.notAssessable(unassessed);
    if (!row || event.target.matches("input")) return;
    const input = event.target.closest("label")?.querySelector("input");
    if (!input) return this.events.visit(row.dataset.step);
    // The label would give its control the focus, and the arrows then change scores instead of slices.
    event.preventDefault();
    if (!input.disabled) this.events.answer(row.dataset.step, Number(input.dataset.digit), false);
  }

  #onChange(event) {
    const row = event.target.closest("[data-step]");
    if (row) this.events.answer(row.dataset.step, Number(event.target.dataset.digit), this.byArrow);
  }

  #onFocus(event) {
    const row = event.target.closest("[data-step]");
    if (row && !row.hasAttribute("data-current")) this.events.visit(row.dataset.step);
  }
}
