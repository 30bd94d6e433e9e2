import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { History } from "../../static/js/figures/history.js";
import { moved, placeAt, withArms, withoutRow } from "../../static/js/figures/places.js";

describe("History", () => {
  it("goes back and forth", () => {
    const history = new History({ n: 0 });
    history.push({ n: 1 });
    history.push({ n: 2 });
    history.undo();
    history.undo();
    assert.deepEqual(history.state, { n: 0 });
    history.redo();
    assert.deepEqual(history.state, { n: 1 });
  });

  it("undoes one movement of a slider as one step", () => {
    const history = new History({ n: 0 });
    for (const n of [1, 2, 3]) history.push({ n }, "zoom 0");
    history.push({ n: 4 }, "zoom 1");
    history.undo();
    assert.deepEqual(history.state, { n: 3 });
    history.undo();
    assert.deepEqual(history.state, { n: 0 });
  });

  it("forgets what was undone once something else is done", () => {
    const history = new History({ n: 0 });
    history.push({ n: 1 });
    history.undo();
    history.push({ n: 2 });
    history.redo();
    assert.deepEqual(history.state, { n: 2 });
  });
});

describe("placeAt", () => {
  const panels = [
    { row: 0, arm: "SOC", left: 0, top: 0.1, width: 0.5, height: 0.9, crop: [0, 0, 1, 1] },
    { row: 0, arm: "FAST", left: 0.5, top: 0.1, width: 0.5, height: 0.9, crop: [0.25, 0.5, 0.75, 1] },
  ];

  it("tells the panel and the place in the slice, through the crop", () => {
    assert.deepEqual(placeAt(panels, 0.75, 0.55), { row: 0, arm: "FAST", x: 0.5, y: 0.75 });
  });

  it("is nothing beside the panels", () => {
    assert.equal(placeAt(panels, 0.2, 0.05), null);
  });
});

describe("moved", () => {
  const arrow = { x: 0.5, y: 0.999, angle_deg: 350 };

  it("stops at the edge", () => assert.equal(moved(arrow, "ArrowDown", true).y, 1));
  it("turns through the full circle", () => assert.equal(moved(arrow, "]", false).angle_deg, 5));
  it("leaves other keys alone", () => assert.equal(moved(arrow, "Tab", false), null));
});

describe("withoutRow and withArms", () => {
  const layout = {
    rows: ["a", "b", "c"],
    arms: ["SOC", "FAST"],
    arrows: [{ row: 0, arm: null }, { row: 1, arm: "FAST" }, { row: 2, arm: "SOC" }],
  };

  it("takes a row's arrows with it and moves those below", () => {
    assert.deepEqual(withoutRow(layout, 1).arrows, [{ row: 0, arm: null }, { row: 1, arm: "SOC" }]);
  });

  it("takes the arrows of an arm that leaves", () => {
    assert.deepEqual(withArms(layout, ["SOC"]).arrows, [{ row: 0, arm: null }, { row: 2, arm: "SOC" }]);
  });
});
