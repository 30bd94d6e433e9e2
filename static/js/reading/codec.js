/**
 * A slice as it comes over the wire. Mirrors `readerstudy/core/display.py`:
 * uint32 little-endian length, gzip blob of that length, zero padding (so that both sides of a pair take the
 * same number of bytes). The blob holds left-neighbour residuals modulo 65536, zigzag coded, first all low
 * bytes, then all high bytes. The first pixel of a row is predicted by the first pixel of the row above.
 */

const LENGTH_BYTES = 4;

/** The bytes are not a slice of the shape that was announced. */
export class DamagedSlice extends Error {}

/** @param {ArrayBuffer} buffer @returns {Uint8Array} the gzip blob without length and padding */
export function unwrap(buffer) {
  if (buffer.byteLength < LENGTH_BYTES) throw new DamagedSlice("The slice is shorter than its header.");
  const length = new DataView(buffer).getUint32(0, true);
  if (length > buffer.byteLength - LENGTH_BYTES) throw new DamagedSlice("The slice was cut off.");
  return new Uint8Array(buffer, LENGTH_BYTES, length);
}

/** @param {Uint8Array} blob @returns {Promise<Uint8Array>} */
async function gunzip(blob) {
  const stream = new Blob([blob]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
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
 * @param {ArrayBuffer} buffer as received @param {number} rows @param {number} columns
 * @returns {Promise<Uint16Array>} Rejects with DamagedSlice.
 */
export async function decodeSlice(buffer, rows, columns) {
  return undoResiduals(await gunzip(unwrap(buffer)), rows, columns);
}
