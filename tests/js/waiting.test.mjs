import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/waiting/words.en.js";
import { asked, told } from "../../static/js/waiting/words.js";

const record = (label, kind = "scores") => ({ label, kind });
const RECORDS = [record("Pair 1 of 9"), record("Pair 1 of 9"), record("Pair 1 of 9", "finish"), record("Pair 2 of 9")];

describe("what is said of waiting answers", () => {
  it("counts answers and names pairs, each once", () => {
    assert.match(told(RECORDS, "offline"), /^3 answers of yours wait in this browser \(Pair 1 of 9, Pair 2 of 9\): there is no conn/);
  });

  it("has a way out for what no sending settles", () => {
    assert.match(told([record("Pair 2 of 9")], "idle"), /^1 answer .*open the pair/);
  });

  it("lists by pair, before signing out, what is not on the server", () => {
    assert.deepEqual(asked(RECORDS), {
      count: "3 answers",
      pairs: ["Pair 1 of 9: 2 answers, and that it is finished", "Pair 2 of 9: 1 answer"],
    });
  });
});
