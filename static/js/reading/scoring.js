/**
 * What is asked about a pair, in which order, and what is still open: pure, no DOM.
 *
 * A step is one row of the panel. Its choices carry digits: the digit that answers is the one printed on the
 * choice, for every kind of step.
 *
 * @typedef {number | string | {value?: number, by?: string, not_assessable?: string} | Pin | null | undefined} Answer
 * @typedef {Record<string, Answer>} Answers item -> answer, as the server keeps it (core/answers.py)
 * @typedef {import("./findings.js").Pin} Pin
 * @typedef {{digit: number, item: string, value: number, label: string, what?: string}} Choice `what` is the whole
 *   name of a finding
 * @typedef {{id: string, kind: "feature" | "diagnostic" | "guess" | "finding", label: string, name: string,
 *   choices: Choice[]}} Step `name` is what the row shows, `label` what it is called elsewhere
 * @typedef {object} Protocol
 * @property {{value: number, label: string}[]} scale
 * @property {{code: string, label: string}[]} features
 * @property {{code: string, label: string, category: string, subject: string}[]} consistency
 * @property {{code: string, label: string}[]} not_assessable reasons; none: every feature needs a score
 * @property {boolean} rest_no_difference
 * @property {boolean} diagnostic_quality
 * @property {boolean} blink_comparison
 * @property {boolean} guess whether to ask which side was enhanced
 * @property {boolean} whole_stacks every slice of both sides must be seen before a pair is finished
 * @property {string} [instructions] the study's own words to its readers
 */

import { SIDES } from "./linking.js";
import { TEXTS } from "./texts.js";

/** The place after the last step: where Enter finishes the pair. */
export const END = "end";

/** @param {Answer} answer @returns {number | null} its number; none where it is not assessable */
export const valueOf = (answer) => (typeof answer === "object" ? (answer?.value ?? null) : (answer ?? null));

/** @param {Protocol} protocol @returns {number} the value that means no difference */
function middleOf({ scale }) {
  const values = scale.map((choice) => choice.value);
  return (Math.min(...values) + Math.max(...values)) / 2;
}

/** @param {Protocol} protocol @returns {Step[]} */
function featureSteps(protocol) {
  return protocol.features.map(({ code, label }) => {
    const item = `feature:${code}`;
    const choices = protocol.scale.map((choice) => ({ digit: choice.value, item, ...choice }));
    return { id: item, kind: "feature", label, name: label, choices };
  });
}

/** @param {Protocol} protocol @returns {Step[]} */
function diagnosticSteps(protocol) {
  if (!protocol.diagnostic_quality) return [];
  return SIDES.map((side) => {
    const item = `diagnostic:${side}`;
    const choices = [
      { digit: 1, item, value: 1, label: TEXTS.yes },
      { digit: 2, item, value: 0, label: TEXTS.no },
    ];
    const name = TEXTS.sides[side];
    return { id: item, kind: "diagnostic", label: TEXTS.diagnosticLabel(name), name, choices };
  });
}

/** Which side the reader thinks was enhanced: a question about the blinding. */
function guessSteps(protocol) {
  if (!protocol.guess) return [];
  const item = "guess:enhanced";
  const labels = [TEXTS.sides.left, TEXTS.unsure, TEXTS.sides.right];
  const choices = labels.map((label, i) => ({ digit: i + 1, item, value: i + 1, label }));
  return [{ id: item, kind: "guess", label: TEXTS.guessLabel, name: TEXTS.guessName, choices }];
}

/**
 * One row a category, with its boxes as the images lie: those of the left side, then those of the right.
 *
 * @param {Protocol} protocol @returns {Step[]}
 */
function findingSteps(protocol) {
  /** @type {Map<string, Protocol["consistency"]>} */
  const rows = new Map();
  for (const item of protocol.consistency) {
    const row = item.category || `:${item.code}`; // an item without a category stands alone
    rows.set(row, [...(rows.get(row) ?? []), item]);
  }
  return [...rows.values()].map((items) => {
    const [{ code: first, category, label }] = items;
    const named = items.length > 1 ? category : label;
    const boxes = SIDES.flatMap((side) => items.map((item) => ({ side, ...item })));
    const choices = boxes.map(({ side, code, subject, label: what }, i) => ({
      digit: i + 1,
      item: `consistency:${code}:${side}`,
      value: 1,
      label: items.length > 1 ? TEXTS.box(side, subject || what) : TEXTS.sides[side],
      what: TEXTS.finding(side, what),
    }));
    return { id: `consistency:${first}`, kind: "finding", label: named, name: named, choices };
  });
}

/** @param {Protocol} protocol @returns {Step[]} every row, in the order of the panel */
export function stepsOf(protocol) {
  return [...featureSteps(protocol), ...diagnosticSteps(protocol), ...guessSteps(protocol), ...findingSteps(protocol)];
}

/**
 * @param {Step} step @param {number} digit @param {Answers} answers
 * @returns {Choice | null} the change that the digit makes; null where the step has no such choice
 */
export function changeFor(step, digit, answers) {
  const choice = step.choices.find((each) => each.digit === digit);
  if (!choice) return null;
  if (step.kind !== "finding") return choice;
  return { ...choice, value: answers[choice.item] ? 0 : 1 };
}

/** @param {Step[]} steps @param {Answers} answers @returns {Step[]} the steps without which nobody may finish */
export function openSteps(steps, answers) {
  // An unticked consistency box is an answer in itself.
  return steps.filter((step) => step.kind !== "finding" && answers[step.id] == null);
}

/**
 * The neighbour of a step among those that can be reached; findings only while they are unfolded.
 *
 * @param {Step[]} steps @param {string} current @param {1 | -1} direction @param {boolean} findingsOpen
 * @returns {string} a step's id or END
 */
export function neighbour(steps, current, direction, findingsOpen) {
  const ids = steps.filter((step) => findingsOpen || step.kind !== "finding").map((step) => step.id);
  const places = [...ids, END];
  const index = places.indexOf(current);
  return places[Math.min(places.length - 1, Math.max(0, index + direction))];
}

/** @param {Step[]} steps @param {string} current @returns {string} where an answer leads: a finding stays */
export function afterAnswer(steps, current) {
  const step = steps.find((each) => each.id === current);
  return step?.kind === "finding" ? current : neighbour(steps, current, 1, false);
}

/**
 * @param {Protocol} protocol @param {Step[]} steps @param {Answers} answers
 * @returns {{left: number, none: number, right: number, unassessed: number}} how many features favour which side
 */
export function tally(protocol, steps, answers) {
  const middle = middleOf(protocol);
  const given = steps.filter((step) => step.kind === "feature").map((step) => valueOf(answers[step.id]));
  const count = (matches) => given.filter((value) => value != null && matches(value)).length;
  const unassessed = steps.filter((step) => answers[step.id]?.not_assessable).length;
  return {
    unassessed,
    left: count((value) => value < middle),
    none: count((value) => value === middle),
    right: count((value) => value > middle),
  };
}

/**
 * "No difference for the rest": an answer to every feature that has none, which says how it came about.
 *
 * @param {Protocol} protocol @param {Step[]} steps @param {Answers} answers @returns {Answers}
 */
export function restAnswers(protocol, steps, answers) {
  const open = openSteps(steps, answers).filter((step) => step.kind === "feature");
  return Object.fromEntries(open.map((step) => [step.id, { value: middleOf(protocol), by: "rest" }]));
}

/** @param {Answer} one @param {Answer} other @returns {boolean} whether both say the same */
export const isSame = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
