/**
 * A slice as it comes over the wire. Mirrors `readerstudy/core/stack_file.py` and `display.py`:
 * uint32 little-endian length, the slice's own grid (uint16 rows and columns; float32 distance of rows and columns,
 * top and left in the frame, mm), gzip blob of that length, zero padding (so that both sides of a pair take the
 * same number of bytes). The blob holds left-neighbour residuals modulo 65536, zigzag coded, first all low
 * bytes, then all high bytes. The first pixel of a row is predicted by the first pixel of the row above.
 *
 * @typedef {import("./geometry.js").Grid} Grid
 * @typedef {{pixels: Uint16Array, grid: Grid}} Slice the pixels of the common grid, of which the top left
 *   `grid.rows` x `grid.columns` are the slice's own
 */

const HEADER_BYTES = 24;

/** The bytes are not a slice of the shape that was announced. */
export class DamagedSlice extends Error {}

/** @param {ArrayBuffer} buffer @returns {{blob: Uint8Array, grid: Grid}} without header and padding */
export function unwrap(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new DamagedSlice("The slice is shorter than its header.");
  const header = new DataView(buffer);
  const length = header.getUint32(0, true);
  if (length > buffer.byteLength - HEADER_BYTES) throw new DamagedSlice("The slice was cut off.");
  const [rows, columns] = [4, 6].map((at) => header.getUint16(at, true));
  const [rowMm, columnMm, topMm, leftMm] = [8, 12, 16, 20].map((at) => header.getFloat32(at, true));
  const grid = { rows, columns, rowMm, columnMm, topMm, leftMm };
  return { blob: new Uint8Array(buffer, HEADER_BYTES, length), grid };
}

/** @param {Uint8Array} blob @returns {Promise<Uint8Array>} */
async function gunzip(blob) {
  // Not by a Blob: each would go through another process of the browser and back.
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  for (const written of [writer.write(blob), writer.close()]) written.catch(() => {}); // the reading end tells
  try {
    return new Uint8Array(await new Response(readable).arrayBuffer());
  } catch (cause) {
    throw new DamagedSlice("The slice could not be unpacked.", { cause });
  }
}

/**
 * @param {Uint8Array} planes low bytes, then high bytes, of the zigzag coded residuals
 * @param {number} rows @param {number} columns @returns {Uint16Array} rows x columns, row by row
 */
export function undoResiduals(planes, rows, columns) {
  const count = rows * columns;
  if (planes.length !== 2 * count) throw new DamagedSlice("The slice has another shape than announced.");
  const pixels = new Uint16Array(count);
  let above = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    let value = above;
    for (let column = 0; column < columns; column++, i++) {
      const zigzag = planes[i] | (planes[count + i] << 8);
      value = (value + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
      pixels[i] = value;
    }
    above = pixels[i - columns];
  }
  return pixels;
}

/**
 * @param {ArrayBuffer} buffer as received @param {number} rows of the common grid @param {number} columns
 * @returns {Promise<Slice>} Rejects with DamagedSlice.
 */
export async function decodeSlice(buffer, rows, columns) {
  const { blob, grid } = unwrap(buffer);
  if (grid.rows > rows || grid.columns > columns) throw new DamagedSlice("The slice is larger than announced.");
  return { pixels: undoResiduals(await gunzip(blob), rows, columns), grid };
}
