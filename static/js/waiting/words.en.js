// What is said of answers that wait, in English.

import { speak } from "./words.js";

export const ENGLISH = {
  answers: (count) => (count === 1 ? "1 answer" : `${count} answers`),
  withFinish: (answers) => `${answers}, and that it is finished`,
  told: (answers, count, pairs, why) => `${answers} of yours wait in this browser (${pairs}): ${why}`,
  saving: "being sent now.",
  offline: "there is no connection. They are sent when it is back.",
  cannotSave: "the server cannot save at the moment. They are sent again and again.",
  signIn: "they are sent when you sign in again.",
  settle: "open the pair to settle it.",
  sent: "All answers that waited in this browser are saved now. Load this page anew to see them counted.",
};

speak(ENGLISH);
