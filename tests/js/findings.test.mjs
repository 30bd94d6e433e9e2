import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/reading/texts.en.js";
import { findingsOf, goesWith, pinAt, placeOf } from "../../static/js/reading/findings.js";
import { stepsOf } from "../../static/js/reading/scoring.js";

const PROTOCOL = {
  scale: [1, 2, 3].map((value) => ({ value, label: `choice ${value}` })),
  features: [],
  consistency: ["anatomy", "pathology"].map((subject) => ({
    code: `loss_${subject}`,
    label: `Loss of ${subject}`,
    category: "Loss",
    subject,
  })),
  diagnostic_quality: false,
};
const STEPS = stepsOf(PROTOCOL);
const PIN = { slice: 1, x: 10, y: 12.5 };
const FRAME = { spacing_mm: [4, 0.5, 0.25], extent_mm: [100, 50] };

describe("findingsOf", () => {
  it("lists ticked boxes only, with what was said about them", () => {
    const answers = {
      "consistency:loss_anatomy:left": 0,
      "comment:loss_anatomy:left": "of no finding",
      "consistency:loss_pathology:right": 1,
      "comment:loss_pathology:right": "nerve root",
      "pin:loss_pathology:right": PIN,
    };

    assert.deepEqual(findingsOf(STEPS, answers), [
      {
        place: "loss_pathology:right",
        side: "right",
        number: 1,
        label: "Right: Loss of pathology",
        comment: "nerve root",
        pin: PIN,
      },
    ]);
  });
});

describe("goesWith", () => {
  it("clears what was said about a box that is unticked, and nothing else", () => {
    const answers = { "pin:loss_anatomy:left": PIN, "comment:loss_anatomy:right": "stays" };

    assert.deepEqual(goesWith("consistency:loss_anatomy:left", answers), { "pin:loss_anatomy:left": null });
  });
});

describe("a pin", () => {
  it("counts pixels of the frame, to a tenth, and comes back where it was", () => {
    const pin = pinAt(FRAME, 3, { x: 10.01, y: 20 });

    assert.deepEqual(pin, { slice: 3, x: 40, y: 40 });
    assert.deepEqual(placeOf(FRAME, pin), { x: 10, y: 20 });
  });

  it("never lies outside the frame, where the server would refuse it", () => {
    assert.deepEqual(pinAt(FRAME, 0, { x: -3, y: 200 }), { slice: 0, x: 0, y: 200 });
    assert.deepEqual(pinAt({ spacing_mm: [1, 0.7, 0.7], extent_mm: [10, 10] }, 0, { x: 99, y: 99 }), {
      slice: 0,
      x: 14.2,
      y: 14.2,
    });
  });
});
