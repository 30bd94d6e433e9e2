/** The reading station's words in German. */

import { TEXTS, counted, ranges, speak } from "./texts.js";

const ON = { left: "linken", right: "rechten" };
const SUBJECTS = { anatomy: "Anatomie", pathology: "Pathologie" };

export const GERMAN = {
  sides: { left: "Links", right: "Rechts" },
  sheetWords: async () => await import("./shortcutwords.de.js"),
  position: (position, total) => `Bildpaar ${position} von ${total}`,
  pageTitle: (position, total, study) => `Bildpaar ${position} von ${total} · ${study}`,

  paneLabel: (side, slice, slices) => `Bild ${TEXTS.sides[side].toLowerCase()}, Schicht ${slice} von ${slices}`,
  sliceCount: (slice, slices) => `${slice} / ${slices}`,
  offset: (slices) => `(${slices > 0 ? "+" : "−"}${Math.abs(slices)})`,
  measured: (kind, value, calibrated) =>
    `${value.toFixed(1).replace(".", ",")}${kind === "angle" ? "°" : calibrated ? " mm" : " px"}`,
  looks: (zoom, width, level) =>
    `Zoom ${zoom} % · Breite ${width} % · Lage ${level > 0 ? "+" : level < 0 ? "−" : ""}${Math.abs(level)} %`,
  inverted: "Invertiert",
  barLength: (mm) => (mm >= 10 ? `${mm / 10} cm` : `${mm} mm`),
  loadingPair: "Bildpaar wird geladen …",
  sliceWaiting: (slice) => `Schicht ${slice} wird geladen …`,
  sliceFailed: (slice) => `Schicht ${slice} konnte nicht geladen werden.`,
  slicesLoaded: (loaded, total) => `${loaded} von ${total} Schichten geladen`,

  diagnosticLabel: (side) => `Diagnostische Qualität, ${side.toLowerCase()}`,
  yes: "Ja",
  no: "Nein",
  guessLabel: "Welche Seite wurde Ihrer Meinung nach nachbearbeitet?",
  guessName: "Bearbeitete Seite?",
  unsure: "Unklar",
  noFindings: "Keine",
  findings: (count) => counted(count, "Auffälligkeit", "Auffälligkeiten"),
  box: (side, subject) => `${TEXTS.sides[side]}: ${SUBJECTS[subject] ?? subject}`,
  finding: (side, what) => `${TEXTS.sides[side]}: ${what}`,
  notAssessable: "nicht beurteilbar",
  naShort: "n. b.",
  naTitle: "Nicht beurteilbar, mit Begründung",
  naLabel: (feature) => `${feature}: nicht beurteilbar`,
  restAnswered: (count) => `${counted(count, "Merkmal", "Merkmale")}: kein Unterschied.`,
  tickFirst: "Kreuzen Sie zuerst eine Auffälligkeit an; dann sind Kommentar und Markierung möglich.",
  comment: "Kommentar",
  commentOf: (finding) => `Kommentar zu ${finding}`,
  pin: "Marke",
  pinOf: (finding) => `${finding} im Bild markieren`,
  pinShown: (slice) => `Schicht ${slice + 1}`,
  showPin: (finding) => `Markierung von ${finding} zeigen`,
  removePin: (finding) => `Markierung von ${finding} entfernen`,
  pinHere: (side) => `Klicken Sie im ${ON[side]} Bild auf die Stelle (Esc: keine Markierung).`,
  pinOtherSide: (side) => `Die Auffälligkeit gehört zum ${ON[side]} Bild: Klicken Sie dort (Esc: keine Markierung).`,
  pinned: (slice) => `In Schicht ${slice + 1} markiert.`,
  choiceLabel: (digit, label) => `${digit}: ${label}`,
  answered: (step, choice) => `${step}: ${choice}.`,
  nowAt: (step) => `Jetzt: ${step}.`,
  cleared: (step) => `${step}: gelöscht.`,
  complete: "Vollständig: bereit zum Abschließen.",
  missing: (count) => `Noch ${counted(count, "Angabe", "Angaben")} offen`,
  summary: ({ left, none, right, unassessed, findings }) =>
    [
      `Links besser ${left}`,
      `gleich ${none}`,
      `rechts besser ${right}`,
      ...(unassessed ? [`n. b. ${unassessed}`] : []),
      ...(findings ? [counted(findings, "Auffälligkeit", "Auffälligkeiten")] : []),
    ].join(" · "),
  unseen: (missing) => {
    const sides = ["left", "right"].filter((side) => missing[side].length);
    const parts = sides.map((side) => `${TEXTS.sides[side].toLowerCase()} ${ranges(missing[side])}`);
    return `Fast fertig: In dieser Studie wird jede Schicht angesehen. Es fehlen noch: ${parts.join("; ")}.`;
  },
  clearAfterFinish: "In einem abgeschlossenen Bildpaar bleibt keine Angabe leer: Wählen Sie eine andere.",

  saving: "Wird gespeichert …",
  savedAt: (time) => `Gespeichert um ${time}`,
  nothingYet: "Noch nichts zu speichern",
  offline: (count) => `Offline: ${count} wartend`,
  signIn: (count) => (count ? `Anmeldung nötig: ${count} wartend` : "Anmeldung nötig"),
  cannotSave: (count) => `Server speichert nicht: ${count} wartend`,
  noServer: "Der Server antwortet zurzeit nicht. Versuchen Sie es noch einmal.",
  volatile: "Dieser Browser bewahrt ungespeicherte Angaben nicht auf.",
  merged: "Dieses Bildpaar wurde auch in einem anderen Fenster geändert. Sie sehen die neuesten Angaben.",
  superseded: (label) =>
    `${label}: Eine hier wartende Angabe wurde gesendet. Ihre neuere aus einem anderen Fenster bleibt gültig.`,
  wantsReason: (label) => `${label} wurde vor dieser Angabe in einem anderen Fenster abgeschlossen.`,
  withdrawn: "das Bildpaar wurde in einem anderen Fenster abgeschlossen, und es wurde kein Grund genannt.",
  closed: "die Studie wurde gesperrt.",
  refused: (label, why) => `${label}: nicht gespeichert, ${why}`,

  finish: "Paar abschließen",
  finished: "Abgeschlossen",
  finishWaits: "Hier abgeschlossen. Es wird gesendet, sobald die Verbindung wieder da ist.",
  sheetOffline: "Ohne Verbindung konnte die Liste der Tasten nicht geladen werden.",
  pairOffline: "Es besteht keine Verbindung, und dieses Bildpaar ist noch nicht geladen. Ihre Angaben bleiben erhalten.",
  pairClosed: "Die Studie wurde gesperrt: Kein Bildpaar kann mehr geöffnet werden.",
  pairPaused: "Es ist Zeit für eine Pause. Ihre Angaben bleiben erhalten.",
  pairNotYours: "Dieses Bildpaar steht nicht auf der Liste der angemeldeten Person. Ihre Angaben bleiben erhalten.",
  signInFirst: "Die Sitzung ist abgelaufen. Melden Sie sich wieder an; Ihre Angaben bleiben erhalten.",
  stateMissing: "Ihre früheren Angaben fehlen noch. Die Bewertung beginnt, sobald die Verbindung wieder da ist.",
  readOnly: "Dieses Bildpaar kann angesehen, aber nicht mehr bewertet werden.",
  correcting: (reason) => `Korrektur: ${reason}`,
  correctable: "Abgeschlossen. Eine Änderung braucht eine kurze Begründung.",
};

speak(GERMAN);
