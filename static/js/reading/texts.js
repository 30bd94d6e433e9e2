/** Every word that the reading station's scripts show. Words in the page itself are in its template. */

/** @param {number} count @param {string} one @param {string} many */
const counted = (count, one, many) => `${count} ${count === 1 ? one : many}`;

/** Slices as readers count them, from 1: "1–3, 7". @param {number[]} slices sorted, from 0 @returns {string} */
export function ranges(slices) {
  const runs = [];
  for (const slice of slices) {
    if (slice === runs.at(-1)?.at(-1) + 1) runs.at(-1).push(slice);
    else runs.push([slice]);
  }
  return runs.map((run) => (run.length > 1 ? `${run[0] + 1}–${run.at(-1) + 1}` : `${run[0] + 1}`)).join(", ");
}

export const TEXTS = Object.freeze({
  sides: { left: "Left", right: "Right" },
  position: (position, total) => `Pair ${position} of ${total}`,
  pageTitle: (position, total, study) => `Pair ${position} of ${total} · ${study}`,

  paneLabel: (side, slice, slices) => `${TEXTS.sides[side]} image, slice ${slice} of ${slices}`,
  sliceCount: (slice, slices) => `${slice} / ${slices}`,
  offset: (slices) => `(${slices > 0 ? "+" : "−"}${Math.abs(slices)})`,
  measured: (kind, value, calibrated) =>
    kind === "angle" ? `${value.toFixed(1)}°` : `${value.toFixed(1)} ${calibrated ? "mm" : "px"}`,
  looks: (zoom, width, level) =>
    `Zoom ${zoom} % · Window ${width} % · Level ${level > 0 ? "+" : level < 0 ? "−" : ""}${Math.abs(level)} %`,
  inverted: "Inverted",
  barLength: (mm) => (mm >= 10 ? `${mm / 10} cm` : `${mm} mm`),
  loadingPair: "Loading the pair…",
  sliceWaiting: (slice) => `Loading slice ${slice}…`,
  sliceFailed: (slice) => `Slice ${slice} could not be loaded.`,
  slicesLoaded: (loaded, total) => `${loaded} of ${total} slices loaded`,

  diagnosticLabel: (side) => `Diagnostic quality, ${side.toLowerCase()}`,
  yes: "Yes",
  no: "No",
  guessLabel: "Which side do you think was enhanced?",
  guessName: "Enhanced side?",
  unsure: "Cannot tell",
  noFindings: "No findings",
  findings: (count) => counted(count, "finding", "findings"),
  choiceLabel: (digit, label) => `${digit}: ${label}`,
  answered: (step, choice) => `${step}: ${choice}.`,
  nowAt: (step) => `Now: ${step}.`,
  cleared: (step) => `${step}: cleared.`,
  complete: "Complete. Press Enter to finish.",
  missing: (count) => `${counted(count, "item", "items")} to answer`,
  unseen: (missing) => {
    const sides = ["left", "right"].filter((side) => missing[side].length);
    const parts = sides.map((side) => `${side} ${ranges(missing[side])}`);
    return `Almost there: this study asks that every slice was seen. Still to see: ${parts.join("; ")}.`;
  },
  summary: (left, none, right) => `Left better ${left} · no difference ${none} · right better ${right}`,
  clearAfterFinish: "A finished pair keeps an answer to every item: choose another one instead.",

  saving: "Saving…",
  savedAt: (time) => `Saved at ${time}`,
  nothingYet: "Nothing to save yet",
  offline: (count) => `Offline: ${count} waiting`,
  signIn: "Needs sign-in",
  volatile: "This browser keeps no copy of unsaved answers.",
  merged: "This pair was also changed in another window. The newest answers are shown.",
  closed: "the study was locked.",
  refused: (label, why) => `${label}: not saved, ${why}`,

  finish: "Finish pair",
  finished: "Finished",
  finishWaits: "Finished here. It will be sent when the connection is back.",
  pairOffline: "There is no connection and that pair is not loaded yet. Your answers are kept.",
  pairClosed: "The study was locked: no pair can be opened any more.",
  pairNotYours: "That pair is not in the work-list of the person who is signed in. Your answers are kept.",
  signInFirst: "The session has ended. Sign in again to go on; your answers are kept.",
  stateMissing: "Your earlier answers could not be read yet. Scoring starts when the connection is back.",
  readOnly: "This pair can be looked at; scores can no longer be changed.",
  correcting: (reason) => `Correcting: ${reason}`,
  correctable: "Finished. A change needs a short reason.",
});
