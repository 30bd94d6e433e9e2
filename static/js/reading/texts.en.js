/** The reading station's words in English. */

import { TEXTS, counted, ranges, speak } from "./texts.js";

export const ENGLISH = {
  sides: { left: "Left", right: "Right" },
  sheetWords: async () => await import("./shortcutwords.en.js"),
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
  box: (side, subject) => `${TEXTS.sides[side]} ${subject}`,
  finding: (side, what) => `${TEXTS.sides[side]}: ${what}`,
  notAssessable: "not assessable",
  naShort: "n/a",
  naTitle: "Not assessable, with the reason",
  naLabel: (feature) => `${feature}: not assessable`,
  restAnswered: (count) => `${counted(count, "feature", "features")}: no difference.`,
  tickFirst: "Tick a finding first: then it can have a comment and a pin.",
  comment: "Comment",
  commentOf: (finding) => `Comment on ${finding}`,
  pin: "Pin",
  pinOf: (finding) => `Pin ${finding} on the image`,
  pinShown: (slice) => `Slice ${slice + 1}`,
  showPin: (finding) => `Show the pin of ${finding}`,
  removePin: (finding) => `Remove the pin of ${finding}`,
  pinHere: (side) => `Click on the ${side} image where it is (Esc: no pin).`,
  pinOtherSide: (side) => `This finding is on the ${side} image: click there (Esc: no pin).`,
  pinned: (slice) => `Pinned on slice ${slice + 1}.`,
  choiceLabel: (digit, label) => `${digit}: ${label}`,
  answered: (step, choice) => `${step}: ${choice}.`,
  nowAt: (step) => `Now: ${step}.`,
  cleared: (step) => `${step}: cleared.`,
  complete: "Complete: ready to be finished.",
  missing: (count) => `${counted(count, "item", "items")} to answer`,
  summary: ({ left, none, right, unassessed, findings }) =>
    [
      `Left better ${left}`,
      `no difference ${none}`,
      `right better ${right}`,
      ...(unassessed ? [`not assessable ${unassessed}`] : []),
      ...(findings ? [counted(findings, "finding", "findings")] : []),
    ].join(" · "),
  unseen: (missing) => {
    const sides = ["left", "right"].filter((side) => missing[side].length);
    const parts = sides.map((side) => `${side} ${ranges(missing[side])}`);
    return `Almost there: this study asks that every slice was seen. Still to see: ${parts.join("; ")}.`;
  },
  clearAfterFinish: "A finished pair keeps an answer to every item: choose another one instead.",

  saving: "Saving…",
  savedAt: (time) => `Saved at ${time}`,
  nothingYet: "Nothing to save yet",
  offline: (count) => `Offline: ${count} waiting`,
  signIn: (count) => (count ? `Needs sign-in: ${count} waiting` : "Needs sign-in"),
  cannotSave: (count) => `Server cannot save: ${count} waiting`,
  noServer: "The server does not answer at the moment. Try again.",
  volatile: "This browser keeps no copy of unsaved answers.",
  merged: "This pair was also changed in another window. The newest answers are shown.",
  superseded: (label) => `${label}: an answer that waited here was sent. You gave a newer one elsewhere, which stays.`,
  wantsReason: (label) => `${label} was finished in another window before this answer was given.`,
  withdrawn: "it was finished in another window, and no reason was given.",
  closed: "the study was locked.",
  refused: (label, why) => `${label}: not saved, ${why}`,

  finish: "Finish pair",
  finished: "Finished",
  finishWaits: "Finished here. It will be sent when the connection is back.",
  sheetOffline: "There is no connection, so the list of shortcuts could not be fetched.",
  pairOffline: "There is no connection and that pair is not loaded yet. Your answers are kept.",
  pairClosed: "The study was locked: no pair can be opened any more.",
  pairPaused: "It is time for a pause. Your answers are kept.",
  pairNotYours: "That pair is not in the work-list of the person who is signed in. Your answers are kept.",
  signInFirst: "The session has ended. Sign in again to go on; your answers are kept.",
  stateMissing: "Your earlier answers could not be read yet. Scoring starts when the connection is back.",
  readOnly: "This pair can be looked at; scores can no longer be changed.",
  correcting: (reason) => `Correcting: ${reason}`,
  correctable: "Finished. A change needs a short reason.",
};

speak(ENGLISH);
