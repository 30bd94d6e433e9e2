/** The words of the shortcut sheet in English. */

import { speak } from "./shortcutwords.js";

export const ACTIONS = {
  Scoring: {
    answer: "Answer the current item and go on",
    nextItem: "Next item",
    previousItem: "Previous item",
    clear: "Clear the current item",
    yes: "Of diagnostic quality",
    no: "Not of diagnostic quality",
    rest: "No difference for the rest, where allowed",
    notAssessable: "Not assessable, with the reason, where allowed",
    findings: "Consistency findings (then the digit of a box)",
    comment: "Comment on the newest finding (Enter ends it)",
    pin: "Pin it on the image: click there, or once more for the middle",
    finish: "Finish the pair, or go to what is open",
  },
  Pairs: {
    nextPair: "Next pair",
    previousPair: "Previous pair",
  },
  Slices: {
    nextSlice: "Next slice",
    previousSlice: "Previous slice",
    nextPage: "Five slices on",
    previousPage: "Five slices back",
    firstSlice: "First slice",
    lastSlice: "Last slice",
    scrollTool: "Slices by drag (or wheel)",
    cine: "Cine: run through the slices, or stop",
    linkSlices: "Link or unlink the slices (keeps the offset)",
    nudgeBack: "Right stack one slice back against the left",
    nudgeOn: "Right stack one slice on against the left",
    resetOffset: "Join by place again: no offset",
  },
  Window: {
    windowTool: "Window: drag sideways for contrast, up for brighter",
    autoWindow: "Automatic window, made from both sides",
    brighter: "Brighter",
    darker: "Darker",
    invert: "Invert",
  },
  Image: {
    panTool: "Pan by drag (or middle button)",
    zoomTool: "Zoom by drag (or right button, Ctrl + wheel)",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    fit: "Fit to the pane",
    oneToOne: "One image pixel on one screen pixel",
    linkZoom: "Link or unlink the zoom",
    linkPan: "Link or unlink panning (keeps the shift)",
    smooth: "Smooth between pixels, or bare pixels (both sides)",
    reset: "Reset window, zoom, pan, offset and links",
  },
  "Look closer": {
    magnifyTool: "Magnifying glass, on both sides",
    pointTool: "Point: show the same place on the other side",
    lengthTool: "Measure a length by drag; drag its ends to change it",
    angleTool: "Measure an angle: drag one leg, then drag the other",
    removeMark: "Remove the selected measurement, else the newest",
  },
  Screen: {
    enlargeLeft: "Left side at double size, or both",
    enlargeRight: "Right side at double size, or both",
    blink: "Blink: both sides in turn in one place, where allowed",
    fullScreen: "Full screen",
  },
  Help: {
    shortcuts: "Show or hide this sheet",
  },
};

export const KEY_WORDS = {
  names: {
    " ": "Space",
    PageUp: "Page ↑",
    PageDown: "Page ↓",
    Delete: "Del",
    Insert: "Ins",
    Home: "Home",
    End: "End",
  },
  pressKey: "Press the new key, or Esc to leave it.",
  keyFor: (label, key) => `${label}: ${key}. Choose another key.`,
  keySet: (label, key) => `${key} is now: ${label}.`,
  keyTaken: (key, label) => `${key} already is: ${label}. Press another key, or change that one first.`,
  keyOfBrowser: "Keys with Ctrl, Alt or Cmd belong to the browser. Press another key.",
  keyNotAllowed: (key) => `${key} is needed for scores or by the browser. Press another key.`,
  keysReset: "All keys are as they were.",
  keysNotKept: (why) => `The keys stay as they were: ${why}`,
};

speak(ACTIONS, KEY_WORDS);
