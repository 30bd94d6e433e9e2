import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/reading/texts.en.js";
import { Desk } from "../../static/js/reading/desk.js";

const PROTOCOL = {
  features: [{ code: "snr", label: "SNR" }],
  scale: [1, 2, 3, 4, 5].map((value) => ({ value, label: String(value) })),
  consistency: [],
  not_assessable: [{ code: "motion", label: "Motion" }],
};
const STATE = { version: 3, answers: { "feature:snr": 3 }, finished: true, saved_at: null };

/** A desk whose questions are answered by the test. */
function makeDesk() {
  const asked = [];
  const submitted = [];
  const question = (left) => new Promise((resolve) => asked.push({ left, resolve }));
  const desk = new Desk({
    panel: { build() {}, render() {} },
    askReason: question,
    askWhyNot: question,
    showFindings() {},
    submit: async (answers, reason) => void submitted.push({ answers, reason }),
    say() {},
    notice() {},
  });
  const open = (finished) => {
    desk.open({ protocol: PROTOCOL, editable: true, finished });
    desk.applyState({ ...STATE, finished }, {});
  };
  return { desk, open, asked, submitted };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the desk", () => {
  it("changes a finished pair once the reader says why", async () => {
    const { desk, open, asked, submitted } = makeDesk();
    open(true);
    desk.answer(5, "feature:snr");
    assert.equal(desk.asking, true);

    asked[0].resolve("looked again");
    await settled();

    assert.deepEqual(submitted, [{ answers: { "feature:snr": 5 }, reason: "looked again" }]);
    assert.equal(desk.asking, false);
  });

  it("never carries an answer to a question over to the pair that was opened meanwhile", async () => {
    const { desk, open, asked, submitted } = makeDesk();
    for (const [finished, ask] of [
      [true, () => desk.answer(5, "feature:snr")],
      [false, () => desk.notAssessable("feature:snr")],
    ]) {
      open(finished);
      ask();
      open(false);
      assert.equal(asked.at(-1).left.aborted, true);
      assert.equal(desk.asking, false);

      asked.at(-1).resolve("motion");
      await settled();
    }

    assert.deepEqual(submitted, []);
    assert.deepEqual(desk.answers, { "feature:snr": 3 });
  });

  it("asks anew for the pair that was opened meanwhile", async () => {
    const { desk, open, asked, submitted } = makeDesk();
    open(true);
    desk.answer(5, "feature:snr");
    open(true);
    desk.answer(1, "feature:snr");
    asked[0].resolve("of the pair before");
    asked[1].resolve("of this pair");
    await settled();

    assert.deepEqual(submitted, [{ answers: { "feature:snr": 1 }, reason: "of this pair" }]);
  });
});
