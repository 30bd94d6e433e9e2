/**
 * What is asked about a pair, in which order, and what is still open: pure, no DOM.
 *
 * A step is one row of the panel. Its choices carry digits: the digit that answers is the one printed on the
 * choice, for every kind of step.
 *
 * @typedef {Record<string, number | null | undefined>} Answers item -> value
 * @typedef {{digit: number, item: string, value: number, label: string}} Choice
 * @typedef {{id: string, kind: "feature" | "diagnostic" | "guess" | "finding", label: string, name: string,
 *   choices: Choice[]}} Step `name` is what the row shows, `label` what it is called elsewhere
 * @typedef {object} Protocol
 * @property {{value: number, label: string}[]} scale
 * @property {{code: string, label: string}[]} features
 * @property {{code: string, label: string}[]} consistency
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

/** @param {Protocol} protocol @returns {Step[]} */
function findingSteps(protocol) {
  return protocol.consistency.map(({ code, label }) => {
    const id = `consistency:${code}`;
    const choices = SIDES.map((side, i) => ({
      digit: i + 1,
      item: `${id}:${side}`,
      value: 1,
      label: TEXTS.sides[side],
    }));
    return { id, kind: "finding", label, name: label, choices };
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

/** @param {Step[]} steps @param {Answers} answers @returns {number} ticked boxes */
export function countFindings(steps, answers) {
  const boxes = steps.filter((step) => step.kind === "finding").flatMap((step) => step.choices);
  return boxes.filter((box) => answers[box.item]).length;
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
 * @returns {{left: number, none: number, right: number}} how many features favour which side
 */
export function tally(protocol, steps, answers) {
  const values = protocol.scale.map((choice) => choice.value);
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  const given = steps.filter((step) => step.kind === "feature").map((step) => answers[step.id]);
  const count = (matches) => given.filter((value) => value != null && matches(value)).length;
  return {
    left: count((value) => value < middle),
    none: count((value) => value === middle),
    right: count((value) => value > middle),
  };
}
