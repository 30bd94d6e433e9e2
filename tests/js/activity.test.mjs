import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { ActivityClock } from "../../static/js/reading/activity.js";

describe("ActivityClock", () => {
  let now, clock;

  beforeEach(() => {
    now = 0;
    clock = new ActivityClock(() => now);
    clock.touch();
  });

  it("counts the time since it was last asked", () => {
    now = 12_340;
    assert.equal(clock.take(), 12.3);

    now = 15_340;
    assert.equal(clock.take(), 3);
  });

  it("counts at most a minute without a sign of the reader", () => {
    now = 3_600_000;

    assert.equal(clock.take(), 60);
  });

  it("does not count while the page is hidden", () => {
    now = 5000;
    clock.pause();
    now = 50_000;
    clock.touch();
    now = 52_000;

    assert.equal(clock.take(), 7);
  });
});
