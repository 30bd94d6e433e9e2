/** The pause page's words in German. */

import { speak } from "./words.js";

export const GERMAN = {
  locale: "de-DE",
  soon: "Noch weniger als zwei Minuten. Diese Seite geht von selbst weiter.",
  minutes: (minutes) => `Noch ${minutes} Minuten. Diese Seite geht von selbst weiter.`,
  hours: (hours) => `Noch ${hours} Stunden.`,
  days: (days) => `Noch ${days} Tage.`,
};

speak(GERMAN);
