import assert from "node:assert/strict";
import { test } from "node:test";

import "../../static/js/pause/words.en.js";
import { leftWords, localTime } from "../../static/js/pause/words.js";

test("what is left is said in minutes, hours, then days", () => {
  const cases = [
    [1, "Less than two minutes left. This page goes on by itself."],
    [61, "2 minutes left. This page goes on by itself."],
    [119 * 60, "119 minutes left. This page goes on by itself."],
    [120 * 60, "2 hours left."],
    [47 * 3600, "47 hours left."],
    [14 * 86400, "14 days left."],
  ];
  for (const [seconds, words] of cases) assert.equal(leftWords(seconds), words);
});

test("the end of the pause is said in the reader's own time zone", () => {
  const until = new Date("2026-05-04T12:05:00Z");
  assert.match(localTime(until, "Europe/Berlin"), /^Monday,? 4 May(,| at) 14:05 (CEST|GMT\+2)$/);
  assert.match(localTime(until, "America/New_York"), /08:05/);
});
