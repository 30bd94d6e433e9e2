import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { PairState, SIDES } from "../../static/js/reading/linking.js";

const GEOMETRY = { slices: 20, spacing_mm: [4, 1, 1], extent_mm: [100, 100] };
const WINDOW = { center: 50, width: 100 };
const ZOOMED = { zoom: 2, panX: 1, panY: 0 };

describe("PairState", () => {
  let state;
  let changes;
  const slices = () => SIDES.map((side) => state.slice(side));

  beforeEach(() => {
    changes = 0;
    state = new PairState(GEOMETRY, WINDOW, () => (changes += 1));
  });

  it("opens both stacks at the same slice in the middle", () => {
    assert.deepEqual(slices(), [10, 10]);
  });

  it("scrolls both sides from either side", () => {
    state.scroll("left", 3);
    state.scroll("right", -1);

    assert.deepEqual(slices(), [12, 12]);
    assert.equal(changes, 2);
  });

  it("stops at the ends", () => {
    state.scroll("left", 99);
    assert.deepEqual(slices(), [19, 19]);

    state.scroll("right", -99);
    assert.deepEqual(slices(), [0, 0]);
  });

  it("moves one side alone while unlinked and keeps the offset when linked again", () => {
    state.toggleLink("slices");
    state.scroll("left", -2);
    state.toggleLink("slices");
    state.scroll("right", 1);

    assert.deepEqual(slices(), [9, 11]);
  });

  it("does not lose the offset at the end of a stack", () => {
    state.toggleLink("slices");
    state.scroll("right", 3);
    state.toggleLink("slices");

    state.scroll("left", 99);
    assert.deepEqual(slices(), [19, 19]);
    state.scroll("left", -9);

    assert.deepEqual(slices(), [10, 13]);
  });

  it("goes to a slice of the side that was asked", () => {
    state.toggleLink("slices");
    state.goTo("right", 0);

    assert.deepEqual(slices(), [10, 0]);
  });

  it("nudges the right stack against the left, within reach, and joins them again", () => {
    state.nudge(1);
    state.nudge(1);
    assert.deepEqual(slices(), [10, 12]);

    state.scroll("right", -3);
    assert.deepEqual(slices(), [7, 9]);

    state.nudge(0);
    assert.deepEqual(slices(), [7, 7]);

    for (let i = 0; i < 50; i++) state.nudge(-1);
    assert.equal(state.offset, -19);
  });

  it("zooms both sides, or one while unlinked, and joins them again", () => {
    state.setView("right", ZOOMED);
    assert.deepEqual(state.views.left, ZOOMED);

    state.toggleLink("zoom");
    state.setView("right", { ...ZOOMED, zoom: 5 });
    assert.equal(state.views.left.zoom, 2);

    state.toggleLink("zoom");
    assert.equal(state.views.right.zoom, 2);
  });

  it("pans one side alone while unlinked, and keeps that shift when linked again", () => {
    state.toggleLink("pan");
    state.setView("right", { zoom: 1, panX: 7, panY: 0 });
    state.toggleLink("pan");
    state.setView("left", { zoom: 3, panX: 2, panY: 1 });

    assert.deepEqual(state.views.left, { zoom: 3, panX: 2, panY: 1 });
    assert.deepEqual(state.views.right, { zoom: 3, panX: 9, panY: 1 });
  });

  it("fits what is linked, and only that", () => {
    state.setView("left", ZOOMED);
    state.toggleLink("pan");
    state.fit("left");

    assert.deepEqual([state.views.left.zoom, state.views.left.panX], [1, 0]);
    assert.deepEqual([state.views.right.zoom, state.views.right.panX], [1, 1]);
  });

  it("has one automatic window for both sides", () => {
    state.setWindow({ center: 1, width: 2 });
    state.invert();
    state.autoWindow();

    assert.deepEqual([state.window, state.inverted], [WINDOW, false]);
  });

  it("keeps the window while scrolling, one for both sides", () => {
    state.setWindow({ center: 1, width: 2 });
    state.scroll("left", 4);

    assert.deepEqual(state.window, { center: 1, width: 2 });
  });

  it("resets everything but the slice", () => {
    state.setWindow({ center: 1, width: 2 });
    state.setView("left", ZOOMED);
    state.invert();
    state.toggleLink("slices");
    state.scroll("right", 5);
    state.reset();

    assert.deepEqual(slices(), [10, 10]);
    assert.deepEqual([state.window, state.views.right.zoom, state.inverted], [WINDOW, 1, false]);
    assert.ok(state.linked.slices);
  });
});
