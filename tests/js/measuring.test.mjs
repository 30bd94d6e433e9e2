import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { Measurements, measure } from "../../static/js/reading/measuring.js";

const at = (x, y) => ({ x, y });
const REACH = 2;

describe("measure", () => {
  it("is the distance in mm", () => {
    assert.equal(measure({ kind: "length", points: [at(1, 1), at(4, 5)] }), 5);
  });

  it("is the angle between the legs, never more than a straight one", () => {
    const degrees = (end) => Math.round(measure({ kind: "angle", points: [at(10, 0), at(0, 0), end] }));

    assert.deepEqual([at(0, 5), at(5, 5), at(-5, 0), at(-5, -5), at(5, -5)].map(degrees), [90, 45, 180, 135, 45]);
  });

  it("is nothing until every point is there", () => {
    assert.equal(measure({ kind: "angle", points: [at(0, 0), at(1, 0)] }), null);
  });
});

describe("Measurements", () => {
  let marks;
  const draw = (kind, from, to, slice = 3) => {
    marks.press("left", slice, kind, from, REACH);
    marks.drag(to);
    marks.release(0.5);
  };

  beforeEach(() => (marks = new Measurements()));

  it("draws a length by one drag, on its side and slice only", () => {
    draw("length", at(0, 0), at(30, 40));

    assert.equal(measure(marks.on("left", 3)[0]), 50);
    assert.deepEqual([marks.on("right", 3), marks.on("left", 4)], [[], []]);
  });

  it("draws an angle by two drags", () => {
    draw("angle", at(50, 0), at(0, 0));
    assert.equal(measure(marks.marks[0]), null);

    draw("angle", at(3, 3), at(0, 20));

    assert.equal(marks.marks.length, 1);
    assert.equal(Math.round(measure(marks.marks[0])), 90);
  });

  it("forgets an angle that was not finished when something else is begun", () => {
    draw("angle", at(50, 0), at(0, 0));
    draw("length", at(0, 30), at(9, 30));

    assert.deepEqual(marks.marks.map((mark) => mark.kind), ["length"]);
  });

  it("moves an end that is taken hold of", () => {
    draw("length", at(0, 0), at(30, 40));
    draw("length", at(31, 41), at(0, 10));

    assert.equal(marks.marks.length, 1);
    assert.equal(measure(marks.marks[0]), 10);
  });

  it("moves the whole where its line is taken hold of", () => {
    draw("length", at(0, 0), at(20, 0));
    draw("length", at(10, 0.5), at(15, 8.5));

    assert.deepEqual(marks.marks[0].points, [at(5, 8), at(25, 8)]);
  });

  it("leaves no mark where the pointer hardly moved", () => {
    draw("length", at(5, 5), at(5.1, 5));

    assert.deepEqual(marks.marks, []);
  });

  it("removes the selected mark, then the newest that is seen, and never one on another slice", () => {
    draw("length", at(0, 0), at(20, 0));
    draw("length", at(0, 50), at(20, 50));
    draw("length", at(0, 90), at(20, 90), 7);
    draw("length", at(0, 0), at(-1, 0)); // takes hold of the first again
    const isSeen = (mark) => mark.slice === 3;

    marks.remove(isSeen);
    assert.deepEqual(marks.marks.map((mark) => mark.points[0].y), [50, 90]);

    marks.remove(isSeen);
    marks.remove(isSeen);
    assert.deepEqual(marks.marks.map((mark) => mark.slice), [7]);
  });
});
