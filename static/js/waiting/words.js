// What is said of answers that wait in the browser: pure. `words.en.js` or `words.de.js`, which the page loads first,
// fills it. @typedef {import("../reading/queuestore.js").QueueRecord} QueueRecord

/** @type {typeof import("./words.en.js").ENGLISH} */
export const WORDS = {};

/** @param {typeof WORDS} words of one language */
export const speak = (words) => void Object.assign(WORDS, words);

const KINDS = ["saving", "offline", "cannotSave", "signIn"];

/** @param {QueueRecord[]} records @param {string} kind of the status @returns {string} */
export function told(records, kind) {
  const why = KINDS.includes(kind) ? WORDS[kind] : WORDS.settle;
  const count = scores(records);
  return WORDS.told(WORDS.answers(count), count, pairsOf(records).join(", "), why);
}

/** @param {QueueRecord[]} records @returns {{count: string, pairs: string[]}} */
export function asked(records) {
  const pairs = pairsOf(records).map((label) => {
    const own = records.filter((record) => record.label === label);
    const answers = WORDS.answers(scores(own));
    return `${label}: ${own.some(({ kind }) => kind === "finish") ? WORDS.withFinish(answers) : answers}`;
  });
  return { count: WORDS.answers(scores(records)), pairs };
}

/** @param {QueueRecord[]} records */
const scores = (records) => records.filter(({ kind }) => kind === "scores").length;

/** @param {QueueRecord[]} records @returns {string[]} */
const pairsOf = (records) => [...new Set(records.map(({ label }) => label))];
