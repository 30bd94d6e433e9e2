import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { COLUMNS, ROWS, STEPS, testPattern, unitFor } from "../../../static/js/display/pattern.js";

/** The pattern as greys, painted by hand. */
function painted(u) {
  const { width, height, patches } = testPattern(u);
  const greys = new Uint8Array(width * height);
  for (const patch of patches) {
    for (let y = patch.y; y < patch.y + patch.height; y++) {
      greys.fill(patch.grey, y * width + patch.x, y * width + patch.x + patch.width);
    }
  }
  return (x, y) => greys[y * width + x];
}

describe("testPattern", () => {
  for (const u of [8, 31, 38, 84]) {
    it(`stands on whole pixels inside its size, at a unit of ${u}`, () => {
      const { width, height, patches } = testPattern(u);

      assert.deepEqual([width, height], [COLUMNS * u, ROWS * u]);
      for (const { x, y, width: w, height: h } of patches) {
        assert.ok([x, y, w, h].every(Number.isInteger));
        assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= width && y + h <= height);
      }
    });
  }

  it("has eleven grey steps of ten per cent of the signal", () => {
    const grey = painted(20);
    const steps = Array.from({ length: STEPS }, (_, i) => grey(20 * (2 + 2 * i), 40));

    assert.deepEqual(steps, [0, 26, 51, 77, 102, 128, 153, 179, 204, 230, 255]);
  });

  it("has 5 % in black and 95 % in white", () => {
    const grey = painted(20);

    assert.deepEqual([grey(20 * 1 + 5, 20 * 5 + 5), grey(20 * 4, 20 * 8)], [0, 13]);
    assert.deepEqual([grey(20 * 17 + 5, 20 * 5 + 5), grey(20 * 20, 20 * 8)], [255, 242]);
  });

  for (const [i, line] of [1, 2, 3].entries()) {
    it(`has lines of ${line} pixels with gaps as wide, upright and lying`, () => {
      const u = 20;
      const grey = painted(u);
      const [x, y] = [(8 + 3 * i) * u, 5 * u];
      const expected = Array.from({ length: 2 * u - ((2 * u) % (2 * line)) }, (_, at) =>
        Math.floor(at / line) % 2 ? 0 : 255,
      );

      assert.deepEqual(expected.map((_, at) => grey(x + at, y + 3)), expected);
      assert.deepEqual(expected.map((_, at) => grey(x + 3, y + 3 * u + at)), expected);
    });
  }
});

describe("unitFor", () => {
  it("is whole and fills what there is", () => {
    assert.equal(unitFor(934, 500), 38);
    assert.equal(unitFor(934, 300), 25);
  });

  it("never vanishes", () => assert.equal(unitFor(10, 10), 8));
});
