import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";

import { PairLoader, nearest, withRetries } from "../../static/js/reading/loader.js";

const PIXELS = new Uint16Array(1);
const NEVER = new AbortController().signal;

function loaderFor(parts) {
  return new PairLoader({
    slices: 7,
    focus: () => 3,
    read: async () => PIXELS,
    loaded: () => {},
    failed: () => {},
    painted: async () => {},
    ...parts,
  });
}

describe("nearest", () => {
  it("is the slice closest to where the reader looks", () => {
    assert.equal(nearest([0, 2, 5, 9], 6), 5);
  });

  it("is nothing when nothing waits", () => {
    assert.equal(nearest([], 6), undefined);
  });
});

describe("withRetries", () => {
  it("tries again until it works", async () => {
    const attempt = mock.fn(async () => {
      if (attempt.mock.callCount() < 2) throw new Error("not yet");
      return "there";
    });

    assert.equal(await withRetries(attempt, NEVER, [0, 0, 0]), "there");
    assert.equal(attempt.mock.callCount(), 3);
  });

  it("gives the last error when every attempt fails", async () => {
    const attempt = mock.fn(async () => {
      throw new Error(`attempt ${attempt.mock.callCount()}`);
    });

    await assert.rejects(withRetries(attempt, NEVER, [0, 0]), { message: "attempt 2" });
  });

  it("does not try again once stopped", async () => {
    const abort = new AbortController();
    const attempt = mock.fn(async () => {
      abort.abort();
      throw new Error("cut off");
    });

    await assert.rejects(withRetries(attempt, abort.signal, [0, 0]));
    assert.equal(attempt.mock.callCount(), 1);
  });
});

describe("PairLoader", () => {
  it("asks for both sides of a slice before any other slice, nearest first", async () => {
    const asked = [];
    const loader = loaderFor({ read: async (side, slice) => (asked.push(`${slice}${side}`), PIXELS) });

    assert.equal(await loader.run(), true);

    assert.deepEqual(asked.slice(0, 6), ["3left", "3right", "2left", "2right", "4left", "4right"]);
    assert.equal(asked.length, 14);
  });

  it("waits with the rest until the first slices are painted", async () => {
    const events = [];
    const loader = loaderFor({
      read: async (side, slice) => (events.push(slice), PIXELS),
      painted: async () => events.push("painted"),
    });

    await loader.run();

    assert.deepEqual(events.slice(0, 4), [3, 3, "painted", 2]);
  });

  it("delivers a slice only when both sides are there", async () => {
    let bringRight;
    const loaded = mock.fn();
    const read = (side) => (side === "left" ? Promise.resolve(PIXELS) : new Promise((r) => (bringRight = r)));
    const loader = loaderFor({ slices: 1, focus: () => 0, read, loaded });
    const done = loader.run();

    await new Promise(setImmediate);
    assert.equal(loaded.mock.callCount(), 0);
    bringRight(PIXELS);
    await done;

    assert.equal(loaded.mock.callCount(), 1);
  });

  it("turns to the slice that the reader scrolls to", async () => {
    let focus = 3;
    const asked = [];
    const loader = loaderFor({
      slices: 30,
      focus: () => focus,
      read: async (side, slice) => (asked.push(slice), PIXELS),
      painted: async () => (focus = 25),
    });

    await loader.run();

    assert.deepEqual(asked.slice(2, 4), [25, 25]);
  });

  it("reports a slice that can't be had, and gets it when asked again", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    let broken = true;
    const failed = mock.fn();
    const loaded = mock.fn();
    const read = async (side, slice) => {
      if (broken && slice === 0 && side === "right") throw new Error("lost");
      return PIXELS;
    };
    const loader = loaderFor({ slices: 2, focus: () => 1, read, loaded, failed });

    const run = loader.run();
    for (let i = 0; i < 4; i++) {
      await new Promise(setImmediate);
      test.mock.timers.tick(5000);
    }
    assert.equal(await run, false);
    assert.deepEqual(failed.mock.calls.map((call) => call.arguments[0]), [0]);

    broken = false;
    assert.equal(await loader.retryFailed(), true);
    assert.equal(loaded.mock.callCount(), 2);
  });

  it("delivers nothing after it was stopped", async () => {
    const loaded = mock.fn();
    const loader = loaderFor({ loaded });

    const run = loader.run();
    loader.stop();

    assert.equal(await run, false);
    assert.equal(loaded.mock.callCount(), 0);
  });
});
