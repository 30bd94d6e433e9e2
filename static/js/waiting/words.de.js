// What is said of answers that wait, in German.

import { speak } from "./words.js";

export const GERMAN = {
  answers: (count) => (count === 1 ? "1 Angabe" : `${count} Angaben`),
  withFinish: (answers) => `${answers}, und dass es abgeschlossen ist`,
  told: (answers, count, pairs, why) => `${answers} von Ihnen ${count === 1 ? "wartet" : "warten"} in diesem Browser (${pairs}): ${why}`,
  saving: "Das Senden läuft.",
  offline: "Es besteht keine Verbindung. Gesendet wird, sobald sie wieder da ist.",
  cannotSave: "Der Server kann zurzeit nicht speichern. Das Senden wird laufend wiederholt.",
  signIn: "Gesendet wird, sobald Sie sich wieder anmelden.",
  settle: "Öffnen Sie das Bildpaar, um es zu klären.",
  sent: "Alle Angaben, die in diesem Browser warteten, sind gespeichert. Laden Sie die Seite neu, um sie gezählt zu sehen.",
};

speak(GERMAN);
