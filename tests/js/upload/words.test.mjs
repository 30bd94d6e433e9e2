import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace, files, size, timeLeft } from "../../../static/js/upload/words.js";

test("sizes are told in the unit that fits", () => {
  assert.deepEqual([0, 999, 1500, 25e6, 3.2e9].map(size), ["0 B", "999 B", "1.5 KB", "25 MB", "3.2 GB"]);
});

test("one file is not files", () => {
  assert.deepEqual([files(1), files(10656)], ["1 file", "10,656 files"]);
});

test("time left is told roughly", () => {
  assert.deepEqual([Infinity, 20, 600, 5400].map(timeLeft), ["", "less than a minute left", "about 10 min left", "about 1 h 30 min left"]);
});

test("the pace is that of the last seconds, not of the whole upload", () => {
  const pace = new Pace(10);
  for (let second = 0; second <= 100; second += 1) pace.mark(second, second < 80 ? second : 80 + (second - 80) * 100);
  assert.equal(pace.secondsFor(1000), 10);
});

test("nothing is promised before there is a pace", () => {
  const pace = new Pace();
  pace.mark(0, 0);
  assert.equal(pace.secondsFor(1000), Infinity);
});
