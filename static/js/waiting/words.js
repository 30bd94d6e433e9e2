// What is said of answers that wait in the browser: pure.
// @typedef {import("../reading/queuestore.js").QueueRecord} QueueRecord

/** @param {number} count @returns {string} */
const answers = (count) => (count === 1 ? "1 answer" : `${count} answers`);

const WHY = {
  saving: "being sent now.",
  offline: "there is no connection. They are sent when it is back.",
  cannotSave: "the server cannot save at the moment. They are sent again and again.",
  signIn: "they are sent when you sign in again.",
};

export const SENT = "All answers that waited in this browser are saved now. Load this page anew to see them counted.";

/** @param {QueueRecord[]} records @param {string} kind of the status @returns {string} */
export function told(records, kind) {
  const why = WHY[kind] ?? "open the pair to settle it.";
  return `${answers(scores(records))} of yours wait in this browser (${pairsOf(records).join(", ")}): ${why}`;
}

/** @param {QueueRecord[]} records @returns {{count: string, pairs: string[]}} */
export function asked(records) {
  const pairs = pairsOf(records).map((label) => {
    const own = records.filter((record) => record.label === label);
    return own.some(({ kind }) => kind === "finish") ? `${label}: ${answers(scores(own))}, and that it is finished` : `${label}: ${answers(scores(own))}`;
  });
  return { count: answers(scores(records)), pairs };
}

/** @param {QueueRecord[]} records */
const scores = (records) => records.filter(({ kind }) => kind === "scores").length;

/** @param {QueueRecord[]} records @returns {string[]} */
const pairsOf = (records) => [...new Set(records.map(({ label }) => label))];
