/** The pause page: the time in the reader's own zone, what is left of the pause, and on with it when it is over. */

import { leftWords, localTime } from "./words.js";

const LOOKS_EVERY_MS = 15_000;

/** @param {HTMLElement} place with the end of the pause, and the seconds left by the server's clock */
function start(place) {
  const left = document.querySelector("[data-left]");
  const end = performance.now() + 1000 * Number(place.dataset.seconds);
  place.textContent = localTime(new Date(place.dataset.until));
  const look = () => {
    const ms = end - performance.now();
    if (ms <= 0) return location.reload();
    left.textContent = leftWords(ms / 1000);
    setTimeout(look, Math.min(ms, LOOKS_EVERY_MS));
  };
  look();
}

const place = document.querySelector("[data-until]");
if (place) start(place); // where another pair comes first there is nothing to wait for
