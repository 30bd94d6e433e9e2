/** The words of the shortcut sheet in German. */

import { speak } from "./shortcutwords.js";

export const ACTIONS = {
  Bewertung: {
    answer: "Aktuelle Angabe machen und weiter",
    nextItem: "Nächste Angabe",
    previousItem: "Vorige Angabe",
    clear: "Aktuelle Angabe löschen",
    yes: "Von diagnostischer Qualität",
    no: "Nicht von diagnostischer Qualität",
    rest: "Kein Unterschied bei allem Übrigen, wo erlaubt",
    notAssessable: "Nicht beurteilbar, mit Begründung, wo erlaubt",
    findings: "Auffälligkeiten (dann die Ziffer eines Kästchens)",
    comment: "Kommentar zur neuesten Auffälligkeit (Enter beendet ihn)",
    pin: "Im Bild markieren: dort klicken, oder noch einmal für die Mitte",
    finish: "Bildpaar abschließen, oder zur offenen Angabe",
  },
  Bildpaare: {
    nextPair: "Nächstes Bildpaar",
    previousPair: "Voriges Bildpaar",
  },
  Schichten: {
    nextSlice: "Nächste Schicht",
    previousSlice: "Vorige Schicht",
    nextPage: "Fünf Schichten weiter",
    previousPage: "Fünf Schichten zurück",
    firstSlice: "Erste Schicht",
    lastSlice: "Letzte Schicht",
    scrollTool: "Schichten durch Ziehen (oder Mausrad)",
    cine: "Cine: Schichten durchlaufen, oder anhalten",
    linkSlices: "Schichten koppeln oder lösen (Versatz bleibt)",
    nudgeBack: "Rechten Stapel gegen den linken eine Schicht zurück",
    nudgeOn: "Rechten Stapel gegen den linken eine Schicht weiter",
    resetOffset: "Wieder nach Ort koppeln: kein Versatz",
  },
  Fenster: {
    windowTool: "Fenster: seitlich ziehen für Kontrast, nach oben für heller",
    autoWindow: "Automatisches Fenster, aus beiden Seiten",
    brighter: "Heller",
    darker: "Dunkler",
    invert: "Invertieren",
  },
  Bild: {
    panTool: "Verschieben durch Ziehen (oder mittlere Taste)",
    zoomTool: "Zoom durch Ziehen (oder rechte Taste, Strg + Mausrad)",
    zoomIn: "Vergrößern",
    zoomOut: "Verkleinern",
    fit: "Einpassen",
    oneToOne: "Ein Bildpixel auf einem Bildschirmpixel",
    linkZoom: "Zoom koppeln oder lösen",
    linkPan: "Verschieben koppeln oder lösen (Abstand bleibt)",
    smooth: "Zwischen Pixeln glätten, oder bloße Pixel (beide Seiten)",
    reset: "Fenster, Zoom, Lage, Versatz und Kopplung zurücksetzen",
  },
  "Genauer hinsehen": {
    magnifyTool: "Lupe auf beiden Seiten",
    pointTool: "Zeigen: dieselbe Stelle auf der anderen Seite",
    lengthTool: "Länge durch Ziehen messen; an den Enden ändern",
    angleTool: "Winkel messen: einen Schenkel ziehen, dann den anderen",
    removeMark: "Gewählte Messung entfernen, sonst die neueste",
  },
  Bildschirm: {
    enlargeLeft: "Linke Seite in doppelter Größe, oder beide",
    enlargeRight: "Rechte Seite in doppelter Größe, oder beide",
    blink: "Blink: beide Seiten abwechselnd an einer Stelle, wo erlaubt",
    fullScreen: "Vollbild",
  },
  Hilfe: {
    shortcuts: "Diese Übersicht zeigen oder schließen",
  },
};

export const KEY_WORDS = {
  names: {
    " ": "Leertaste",
    PageUp: "Bild ↑",
    PageDown: "Bild ↓",
    Delete: "Entf",
    Insert: "Einfg",
    Home: "Pos 1",
    End: "Ende",
  },
  pressKey: "Drücken Sie die neue Taste, oder Esc, um sie zu lassen.",
  keyFor: (label, key) => `${label}: ${key}. Andere Taste wählen.`,
  keySet: (label, key) => `${key} ist jetzt: ${label}.`,
  keyTaken: (key, label) => `${key} ist schon: ${label}. Drücken Sie eine andere Taste, oder ändern Sie jene zuerst.`,
  keyOfBrowser: "Tasten mit Strg, Alt oder Cmd gehören dem Browser. Drücken Sie eine andere Taste.",
  keyNotAllowed: (key) => `${key} wird für Bewertungen oder vom Browser gebraucht. Drücken Sie eine andere Taste.`,
  keysReset: "Alle Tasten sind wieder wie zu Beginn.",
  keysNotKept: (why) => `Die Tasten bleiben, wie sie waren: ${why}`,
};

speak(ACTIONS, KEY_WORDS);
