/** The words of the display check in the language of the page: `words.en.js` or `words.de.js`, loaded first, fills it. */

/** @type {typeof import("./words.en.js").ENGLISH} */
export const WORDS = {};

/** @param {typeof WORDS} words of one language */
export const speak = (words) => void Object.assign(WORDS, words);
