import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/reading/texts.en.js";
import { Station } from "../../static/js/reading/station.js";

/** A station with one pair open, whose parts note what reaches them. */
function makeStation(waitingAnswers) {
  const shown = [];
  const versions = new Map([["r1", 4]]);
  const autosave = {
    versions,
    learn: (reading, { version }) => versions.set(reading, Math.max(version, versions.get(reading))),
    waitingAnswers: () => waitingAnswers(versions),
  };
  const desk = { applyState: (state, waiting) => shown.push({ ...state.answers, ...waiting }) };
  const station = new Station({ autosave, desk, viewing: { learn() {} } });
  station.pair = { config: { reading: "r1" } };
  return { station, shown };
}

describe("the station", () => {
  it("shows the server's state with what waits on top", async () => {
    const { station, shown } = makeStation(async () => ({ "feature:snr": 5 }));

    assert.equal(await station.applyState("r1", { version: 4, answers: { "feature:snr": 3 } }), true);

    assert.deepEqual(shown, [{ "feature:snr": 5 }]);
  });

  it("asks again where an answer was confirmed while it looked for what waits", async () => {
    const { station, shown } = makeStation(async (versions) => (versions.set("r1", 5), {}));

    assert.equal(await station.applyState("r1", { version: 4, answers: { "feature:snr": 3 } }), false);

    assert.deepEqual(shown, []);
  });

  it("shows nothing of a pair that is no longer on the screen", async () => {
    const { station, shown } = makeStation(async () => ({}));
    station.pair = { config: { reading: "r2" } };

    await station.applyState("r1", { version: 4, answers: { "feature:snr": 3 } });

    assert.deepEqual(shown, []);
  });
});
