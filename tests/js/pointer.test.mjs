import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { WheelCounter } from "../../static/js/reading/pointer.js";

describe("WheelCounter", () => {
  it("goes one slice for each notch of a wheel, however large the notch", () => {
    for (const notch of [100, 120, 333]) {
      const wheel = new WheelCounter();

      assert.deepEqual([notch, notch, -notch].map((delta) => wheel.count(delta)), [1, 1, -1]);
    }
  });

  it("loses no notch where a busy page gets several in one event", () => {
    const wheel = new WheelCounter();

    assert.deepEqual([100, 300, -200, 100].map((delta) => wheel.count(delta)), [1, 3, -2, 1]);
  });

  it("adds up the small steps of a trackpad", () => {
    const wheel = new WheelCounter();

    const slices = Array.from({ length: 20 }, () => wheel.count(10));

    assert.equal(slices.reduce((sum, each) => sum + each), 5);
  });

  it("turns round at once", () => {
    const wheel = new WheelCounter();
    wheel.count(39);

    assert.equal(wheel.count(-40), -1);
  });
});
