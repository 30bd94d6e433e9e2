/** The display check's words in English. */

import { speak } from "./words.js";

export const ENGLISH = {
  keys: { y: "yes", n: "no" },
  screen: (width, height) => `This screen has ${width} × ${height} pixels.`,
  needed: ({ width, height }) =>
    `This study needs at least ${width || "any"} × ${height || "any"}, so that all readers see the same detail. ` +
    "Please use a larger screen, or set this one to its full resolution. If there is none, tell your coordinator.",
  zoomed: (zoom) =>
    `The page seems to be zoomed (about ${Math.round(100 * zoom)} %) or to have a side bar. ` +
    "Press Ctrl 0 and close the side bar; the size is measured again at once.",
  card: (pixels) => `${pixels} pixels`,
  open: (count) => (count === 1 ? "One question is open." : `${count} questions are open.`),
  sending: "Recording…",
  offline: "There is no connection to the server. Your answers stay here: try again in a moment.",
  signIn: "The session has ended. Sign in again, then come back to this page.",
};

speak(ENGLISH);
