/** What the pause page says about time: pure. `words.en.js` or `words.de.js`, which the page loads first, fills it. */

const MINUTE_S = 60;

/** @type {typeof import("./words.en.js").ENGLISH} */
const WORDS = {};

/** @param {typeof WORDS} words of one language */
export const speak = (words) => void Object.assign(WORDS, words);

/** @param {number} seconds @returns {string} */
export function leftWords(seconds) {
  const minutes = Math.ceil(seconds / MINUTE_S);
  if (minutes < 2) return WORDS.soon;
  if (minutes < 120) return WORDS.minutes(minutes);
  const hours = Math.round(minutes / 60);
  return hours < 48 ? WORDS.hours(hours) : WORDS.days(Math.round(hours / 24));
}

/** @param {Date} until @param {string} [timeZone] the browser's own @returns {string} Monday 4 May at 14:05 CEST */
export function localTime(until, timeZone) {
  const day = { weekday: "long", day: "numeric", month: "long" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
  return new Intl.DateTimeFormat(WORDS.locale, { ...day, ...clock, timeZone }).format(until);
}
