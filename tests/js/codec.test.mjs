import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { DamagedSlice, decodeSlice, undoResiduals, unwrap } from "../../static/js/reading/codec.js";

/** The server's side of the format, written the long way. */
const GRID = { rows: 2, columns: 2, rowMm: 0.5, columnMm: 0.75, topMm: 1.25, leftMm: -2 };

function encode(pixels, rows, columns, { padding = 0, grid = GRID } = {}) {
  const low = [];
  const high = [];
  for (let i = 0; i < rows * columns; i++) {
    const predicted = i % columns ? pixels[i - 1] : (pixels[i - columns] ?? 0);
    const residual = ((pixels[i] - predicted) << 16) >> 16;
    const zigzag = ((residual << 1) ^ (residual >> 31)) & 0xffff;
    low.push(zigzag & 0xff);
    high.push(zigzag >> 8);
  }
  const blob = gzipSync(Uint8Array.from([...low, ...high]));
  const wire = new Uint8Array(24 + blob.length + padding);
  const header = new DataView(wire.buffer);
  header.setUint32(0, blob.length, true);
  header.setUint16(4, grid.rows, true);
  header.setUint16(6, grid.columns, true);
  const { rowMm, columnMm, topMm, leftMm } = grid;
  [rowMm, columnMm, topMm, leftMm].forEach((mm, i) => header.setFloat32(8 + 4 * i, mm, true));
  wire.set(blob, 24);
  return wire.buffer;
}

describe("decodeSlice", () => {
  it("gives back every stored value, extremes and wrap-around included", async () => {
    const pixels = Uint16Array.from([0, 65535, 1, 32768, 65534, 7, 40000, 0, 65535, 12, 11, 10]);

    assert.deepEqual((await decodeSlice(encode(pixels, 3, 4), 3, 4)).pixels, pixels);
  });

  it("does not see the padding that makes both sides equally long", async () => {
    const pixels = Uint16Array.from([5, 6, 7, 8]);

    assert.deepEqual(await decodeSlice(encode(pixels, 2, 2, { padding: 100 }), 2, 2), { pixels, grid: GRID });
  });

  it("refuses a grid that is larger than the one of the pair", async () => {
    const wire = encode(Uint16Array.from([5, 6, 7, 8]), 2, 2, { grid: { ...GRID, columns: 3 } });

    await assert.rejects(decodeSlice(wire, 2, 2), DamagedSlice);
  });

  it("refuses a slice of another shape", async () => {
    const wire = encode(Uint16Array.from([5, 6, 7, 8]), 2, 2);

    await assert.rejects(decodeSlice(wire, 2, 3), DamagedSlice);
  });

  it("refuses bytes that are no gzip", async () => {
    const wire = new Uint8Array(30);
    wire[0] = 4;

    await assert.rejects(decodeSlice(wire.buffer, 1, 1), DamagedSlice);
  });
});

describe("undoResiduals", () => {
  it("predicts the first pixel of a row from the row above", () => {
    const planes = Uint8Array.from([20, 2, 2, 2, 0, 0, 0, 0]); // residuals 10 1 / 1 1

    assert.deepEqual(undoResiduals(planes, 2, 2), Uint16Array.from([10, 11, 11, 12]));
  });
});

describe("unwrap", () => {
  it("refuses a slice that was cut off", () => {
    assert.throws(() => unwrap(Uint8Array.from({ length: 30 }, (_, i) => (i ? 0 : 9)).buffer), DamagedSlice);
    assert.throws(() => unwrap(new Uint8Array([1, 0]).buffer), DamagedSlice);
  });
});
