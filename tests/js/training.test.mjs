import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Corrections, triedBy } from "../../static/js/reading/training.js";

const WINDOW = { center: 500, width: 1000 };

function stationWith({ missing = [1], window = { ...WINDOW }, zoom = 1, findings = [], finished = false } = {}) {
  const state = { window, standard: WINDOW, views: { left: { zoom }, right: { zoom: 1 } } };
  return {
    viewer: { state },
    viewing: { log: { missing: { left: missing, right: [] } } },
    desk: { findings, finished },
  };
}

describe("triedBy", () => {
  it("sees nothing in a pair as it opens", () => {
    assert.deepEqual(triedBy(stationWith()), []);
  });

  it("sees each thing that was tried", () => {
    assert.deepEqual(triedBy(stationWith({ missing: [] })), ["slices"]);
    assert.deepEqual(triedBy(stationWith({ window: { center: 500, width: 900 } })), ["window"]);
    assert.deepEqual(triedBy(stationWith({ zoom: 2 })), ["zoom"]);
    assert.deepEqual(triedBy(stationWith({ findings: [{ pin: null }] })), ["finding"]);
    assert.deepEqual(triedBy(stationWith({ findings: [{ pin: { slice: 1 } }] })), ["finding", "pin"]);
    assert.deepEqual(triedBy(stationWith({ finished: true })), ["finish"]);
  });

  it("wants every slice of both sides", () => {
    const station = stationWith({ missing: [] });
    station.viewing.log.missing.right = [3];
    assert.deepEqual(triedBy(station), []);
  });
});

describe("Corrections", () => {
  it("tells an answer that was given anew from one given first", () => {
    const corrections = new Corrections();

    assert.equal(corrections.see("a", { "feature:snr": 3 }), false);
    assert.equal(corrections.see("a", { "feature:snr": 3, "feature:cord": 4 }), false);
    assert.equal(corrections.see("a", { "feature:snr": 2, "feature:cord": 4 }), true);
    assert.equal(corrections.see("a", { "feature:snr": 2, "feature:cord": 4 }), false);
  });

  it("remembers an answer that was cleared in between", () => {
    const corrections = new Corrections();
    corrections.see("a", { "feature:snr": 3 });
    corrections.see("a", { "feature:snr": null });

    assert.equal(corrections.see("a", { "feature:snr": 4 }), true);
  });

  it("keeps pairs apart and leaves findings out", () => {
    const corrections = new Corrections();
    corrections.see("a", { "feature:snr": 3, "consistency:loss_anatomy:left": 1 });

    assert.equal(corrections.see("b", { "feature:snr": 2 }), false);
    assert.equal(corrections.see("a", { "feature:snr": 3, "consistency:loss_anatomy:left": 0 }), false);
  });

  it("knows an answer that is an object", () => {
    const corrections = new Corrections();
    corrections.see("a", { "feature:snr": { not_assessable: "motion" } });

    assert.equal(corrections.see("a", { "feature:snr": { not_assessable: "motion" } }), false);
    assert.equal(corrections.see("a", { "feature:snr": 3 }), true);
  });
});
