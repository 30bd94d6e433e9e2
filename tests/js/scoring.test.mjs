import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/reading/texts.en.js";
import {
  END,
  afterAnswer,
  changeFor,
  neighbour,
  openSteps,
  restAnswers,
  stepsOf,
  tally,
  valueOf,
} from "../../static/js/reading/scoring.js";

const PROTOCOL = {
  scale: [1, 2, 3, 4, 5].map((value) => ({ value, label: `choice ${value}` })),
  features: [
    { code: "snr", label: "SNR" },
    { code: "discs", label: "Discs" },
    { code: "bones", label: "Bones" },
  ],
  consistency: [{ code: "loss_anatomy", label: "Loss of anatomy", category: "Loss", subject: "anatomy" }],
  diagnostic_quality: true,
  rest_no_difference: true,
  not_assessable: [{ code: "motion", label: "Motion" }],
};
const STEPS = stepsOf(PROTOCOL);
const stepOf = (id) => STEPS.find((step) => step.id === id);
const COMPLETE = {
  "feature:snr": 3,
  "feature:discs": 1,
  "feature:bones": 5,
  "diagnostic:left": 1,
  "diagnostic:right": 0,
};

describe("the question which side was enhanced", () => {
  const asked = stepsOf({ ...PROTOCOL, guess: true });

  it("comes before the findings, with a way to say that one cannot tell", () => {
    const step = asked.at(-2);

    assert.equal(step.id, "guess:enhanced");
    assert.deepEqual(step.choices.map(({ digit, value, label }) => [digit, value, label]), [
      [1, 1, "Left"],
      [2, 2, "Cannot tell"],
      [3, 3, "Right"],
    ]);
  });

  it("is open until it is answered", () => {
    assert.deepEqual(openSteps(asked, COMPLETE).map((step) => step.id), ["guess:enhanced"]);
    assert.deepEqual(openSteps(asked, { ...COMPLETE, "guess:enhanced": 2 }), []);
  });

  it("is not there where the protocol does not ask", () => {
    assert.ok(!STEPS.some((step) => step.kind === "guess"));
  });
});

describe("stepsOf", () => {
  it("asks features, then quality of each side, then findings", () => {
    const wanted = ["feature:snr", "feature:discs", "feature:bones", "diagnostic:left", "diagnostic:right"];

    assert.deepEqual(STEPS.map((step) => step.id), [...wanted, "consistency:loss_anatomy"]);
  });

  it("leaves quality out where the protocol does not ask for it", () => {
    const steps = stepsOf({ ...PROTOCOL, diagnostic_quality: false });

    assert.ok(!steps.some((step) => step.kind === "diagnostic"));
  });

  it("uses the items that the server knows", () => {
    const items = STEPS.flatMap((step) => step.choices.map((choice) => choice.item));

    assert.ok(items.includes("consistency:loss_anatomy:right"));
    assert.ok(items.includes("diagnostic:left"));
  });
});

describe("changeFor", () => {
  it("gives the choice on which the digit is printed", () => {
    assert.equal(changeFor(stepOf("feature:snr"), 4, {}).value, 4);
    assert.equal(changeFor(stepOf("diagnostic:left"), 2, {}).value, 0);
  });

  it("ticks and unticks a finding", () => {
    const step = stepOf("consistency:loss_anatomy");
    const item = "consistency:loss_anatomy:right";

    assert.deepEqual([changeFor(step, 2, {}).item, changeFor(step, 2, {}).value], [item, 1]);
    assert.equal(changeFor(step, 2, { [item]: 1 }).value, 0);
  });

  it("is nothing for a digit without a choice", () => {
    assert.equal(changeFor(stepOf("diagnostic:left"), 3, {}), null);
  });
});

describe("openSteps", () => {
  it("are all but the findings at first, and none when all are answered", () => {
    assert.equal(openSteps(STEPS, {}).length, 5);
    assert.deepEqual(openSteps(STEPS, COMPLETE), []);
  });

  it("counts a cleared answer as open and a No as answered", () => {
    const open = openSteps(STEPS, { ...COMPLETE, "feature:snr": null });

    assert.deepEqual(open.map((step) => step.id), ["feature:snr"]);
  });
});

describe("neighbour and afterAnswer", () => {
  it("skip the findings while they are folded", () => {
    assert.equal(neighbour(STEPS, "diagnostic:right", 1, false), END);
    assert.equal(neighbour(STEPS, "diagnostic:right", 1, true), "consistency:loss_anatomy");
  });

  it("stay inside", () => {
    assert.equal(neighbour(STEPS, "feature:snr", -1, false), "feature:snr");
    assert.equal(neighbour(STEPS, END, 1, false), END);
  });

  it("go on after an answer, but stay at a finding, where both sides may be ticked", () => {
    assert.equal(afterAnswer(STEPS, "feature:snr"), "feature:discs");
    assert.equal(afterAnswer(STEPS, "diagnostic:right"), END);
    assert.equal(afterAnswer(STEPS, "consistency:loss_anatomy"), "consistency:loss_anatomy");
  });
});

describe("the summary", () => {
  it("counts which side is favoured", () => {
    assert.deepEqual(tally(PROTOCOL, STEPS, COMPLETE), { left: 1, none: 1, right: 1, unassessed: 0 });
  });

  it("counts what the rest answered as no difference and leaves out what is not assessable", () => {
    const answers = { ...COMPLETE, "feature:discs": { value: 3, by: "rest" }, "feature:bones": { not_assessable: "motion" } };

    assert.deepEqual(tally(PROTOCOL, STEPS, answers), { left: 0, none: 2, right: 0, unassessed: 1 });
  });
});

describe("valueOf", () => {
  it("is the number of an answer, and none where there is none", () => {
    const answers = [4, { value: 3, by: "rest" }, { not_assessable: "motion" }, null, undefined];

    assert.deepEqual(answers.map(valueOf), [4, 3, null, null, null]);
  });
});

describe("restAnswers", () => {
  it("answers the open features with the middle of the scale and says how", () => {
    const answers = { "feature:snr": 2, "feature:discs": { not_assessable: "motion" } };

    assert.deepEqual(restAnswers(PROTOCOL, STEPS, answers), { "feature:bones": { value: 3, by: "rest" } });
    assert.deepEqual(restAnswers(PROTOCOL, STEPS, COMPLETE), {});
  });
});

describe("the rows of the findings", () => {
  const consistency = [
    ...["anatomy", "pathology"].map((subject) => ({ code: `loss_${subject}`, label: `Loss of ${subject}`, category: "Loss", subject })),
    { code: "other", label: "Something else", category: "", subject: "" },
  ];
  const rows = stepsOf({ ...PROTOCOL, consistency }).filter((step) => step.kind === "finding");

  it("are one a category, with the boxes as the images lie", () => {
    assert.deepEqual(rows.map((row) => row.name), ["Loss", "Something else"]);
    assert.deepEqual(rows[0].choices.map(({ item }) => item), [
      "consistency:loss_anatomy:left",
      "consistency:loss_pathology:left",
      "consistency:loss_anatomy:right",
      "consistency:loss_pathology:right",
    ]);
    assert.deepEqual(rows[0].choices.map(({ digit }) => digit), [1, 2, 3, 4]);
    assert.deepEqual(rows[0].choices.map(({ label }) => label), [
      "Left anatomy",
      "Left pathology",
      "Right anatomy",
      "Right pathology",
    ]);
  });

  it("have two boxes where an item belongs to no category", () => {
    assert.deepEqual(rows[1].choices.map(({ label }) => label), ["Left", "Right"]);
  });
});
