/**
 * Every word that the reading station's scripts show, in the language of the page: the page loads `texts.en.js` or
 * `texts.de.js` before all others, and that one fills this. Words in the page itself are in its template.
 */

/** @type {typeof import("./texts.en.js").ENGLISH} */
export const TEXTS = {};

/** @param {typeof TEXTS} words of one language */
export const speak = (words) => void Object.assign(TEXTS, words);

/** @param {number} count @param {string} one @param {string} many @returns {string} for languages with two forms */
export const counted = (count, one, many) => `${count} ${count === 1 ? one : many}`;

/** Slices as readers count them, from 1: "1–3, 7". @param {number[]} slices sorted, from 0 @returns {string} */
export function ranges(slices) {
  const runs = [];
  for (const slice of slices) {
    if (slice === runs.at(-1)?.at(-1) + 1) runs.at(-1).push(slice);
    else runs.push([slice]);
  }
  return runs.map((run) => (run.length > 1 ? `${run[0] + 1}–${run.at(-1) + 1}` : `${run[0] + 1}`)).join(", ");
}
