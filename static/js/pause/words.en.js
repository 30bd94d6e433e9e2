/** The pause page's words in English. */

import { speak } from "./words.js";

export const ENGLISH = {
  locale: "en-GB",
  soon: "Less than two minutes left. This page goes on by itself.",
  minutes: (minutes) => `${minutes} minutes left. This page goes on by itself.`,
  hours: (hours) => `${hours} hours left.`,
  days: (days) => `${days} days left.`,
};

speak(ENGLISH);
