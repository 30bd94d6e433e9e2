import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/reading/texts.en.js";
import { clockTime, isTrouble, receiptText } from "../../static/js/reading/receipt.js";

const status = (kind, more = {}) => ({ kind, waiting: 0, savedAt: null, ...more });

describe("receiptText", () => {
  it("says when the last change was saved, to the second", () => {
    const savedAt = new Date(2026, 4, 3, 7, 3, 11).toISOString();

    assert.equal(receiptText(status("saved", { savedAt })), "Saved at 07:03:11");
  });

  it("counts what waits for the connection", () => {
    assert.equal(receiptText(status("offline", { waiting: 3 })), "Offline: 3 waiting");
  });
});

describe("clockTime", () => {
  it("has midnight as 00", () => {
    assert.equal(clockTime(new Date(2026, 4, 3, 0, 5, 9).toISOString()), "00:05:09");
  });
});

describe("isTrouble", () => {
  it("is whatever the reader must know at once", () => {
    const troubles = ["idle", "saving", "saved", "offline", "signIn", "cannotSave"].filter((kind) => isTrouble(status(kind)));

    assert.deepEqual(troubles, ["offline", "signIn", "cannotSave"]);
  });
});
