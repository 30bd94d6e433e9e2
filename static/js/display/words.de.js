/** The display check's words in German. */

import { speak } from "./words.js";

export const GERMAN = {
  keys: { j: "yes", y: "yes", n: "no" },
  screen: (width, height) => `Dieser Bildschirm hat ${width} × ${height} Pixel.`,
  needed: ({ width, height }) =>
    `Diese Studie braucht mindestens ${width || "beliebig"} × ${height || "beliebig"}, damit alle dieselben Einzelheiten ` +
    "sehen. Bitte nehmen Sie einen größeren Bildschirm, oder stellen Sie diesen auf seine volle Auflösung. Wenn es " +
    "keinen gibt, wenden Sie sich an die Koordination.",
  zoomed: (zoom) =>
    `Die Seite scheint vergrößert zu sein (etwa ${Math.round(100 * zoom)} %) oder neben einer Seitenleiste zu stehen. ` +
    "Drücken Sie Strg 0 und schließen Sie die Leiste; die Größe wird sofort neu gemessen.",
  card: (pixels) => `${pixels} Pixel`,
  open: (count) => (count === 1 ? "Eine Frage ist offen." : `${count} Fragen sind offen.`),
  sending: "Wird erfasst …",
  offline: "Es besteht keine Verbindung zum Server. Ihre Antworten bleiben hier: Versuchen Sie es gleich noch einmal.",
  signIn: "Die Sitzung ist abgelaufen. Melden Sie sich wieder an und kommen Sie dann auf diese Seite zurück.",
};

speak(GERMAN);
