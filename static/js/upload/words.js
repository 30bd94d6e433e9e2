// Numbers in words: sizes, counts, time left. No DOM here.

/** @param {number} bytes */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** @param {number} count */
export function files(count) {
  return count === 1 ? "1 file" : `${count.toLocaleString("en")} files`;
}

/** @param {number} seconds */
export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** How fast it goes, from what was sent in the last seconds. */
export class Pace {
  /** @param {number} windowS */
  constructor(windowS = 15) {
    this.windowS = windowS;
    /** @type {{at: number, bytes: number}[]} */
    this.marks = [];
  }

  /**
   * @param {number} atS
   * @param {number} bytes  sent until then, in all
   */
  mark(atS, bytes) {
    this.marks.push({ at: atS, bytes });
    while (this.marks.length > 2 && atS - this.marks[0].at > this.windowS) this.marks.shift();
  }

  /** @param {number} bytes */
  secondsFor(bytes) {
    const first = this.marks[0];
    const last = this.marks.at(-1);
    if (!first || last.at - first.at < 1 || last.bytes <= first.bytes) return Infinity;
    return (bytes * (last.at - first.at)) / (last.bytes - first.bytes);
  }
}
