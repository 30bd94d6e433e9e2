/**
 * Lengths and angles that a reader lays over a slice: pure, in mm of the frame. A mark is drawn by dragging; an angle
 * gets its third point by a second drag. Points and whole marks can be moved later.
 *
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./linking.js").Side} Side
 * @typedef {{side: Side, slice: number, kind: "length" | "angle", points: Point[]}} Mark
 */

const POINTS = { length: 2, angle: 3 };

/** @param {Point} a @param {Point} b @returns {number} */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** @param {Point} a @param {Point} b @param {Point} at @returns {number} from `at` to the line between both */
function distanceToLine(a, b, at) {
  const length2 = distance(a, b) ** 2;
  const along = length2 ? ((at.x - a.x) * (b.x - a.x) + (at.y - a.y) * (b.y - a.y)) / length2 : 0;
  const part = Math.min(1, Math.max(0, along));
  return distance(at, { x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y) });
}

/** @param {Mark} mark @returns {number | null} mm, or degrees between the legs; null where a point is missing */
export function measure({ kind, points }) {
  if (points.length < POINTS[kind]) return null;
  const [a, corner, b] = points;
  if (kind === "length") return distance(a, corner);
  const angles = [a, b].map((end) => Math.atan2(end.y - corner.y, end.x - corner.x));
  const turn = (Math.abs(angles[0] - angles[1]) * 180) / Math.PI;
  return turn > 180 ? 360 - turn : turn;
}

export class Measurements {
  /** @type {Mark[]} */
  marks = [];
  /** @type {Mark | null} what Delete would remove */
  selected = null;

  /** @param {Side} side @param {number} slice @returns {Mark[]} */
  on(side, slice) {
    return this.marks.filter((mark) => mark.side === side && mark.slice === slice);
  }

  /**
   * Take hold of what lies here, go on with an unfinished angle, or start a new mark.
   *
   * @param {Side} side @param {number} slice @param {"length" | "angle"} kind @param {Point} at
   * @param {number} reach mm within which something is meant
   */
  press(side, slice, kind, at, reach) {
    const unfinished = this.marks.find((mark) => measure(mark) === null);
    const here = unfinished && unfinished.side === side && unfinished.slice === slice;
    if (unfinished && !(here && kind === "angle")) this.#drop(unfinished);
    else if (unfinished) return this.#hold(unfinished, unfinished.points.push(at) - 1, at);
    if (this.#grab(side, slice, at, reach)) return;
    const mark = { side, slice, kind, points: [at, at] };
    this.marks.push(mark);
    this.#hold(mark, 1, at);
  }

  #grab(side, slice, at, reach) {
    for (const mark of this.on(side, slice).reverse()) {
      const point = mark.points.findIndex((each) => distance(each, at) <= reach);
      const onLine = mark.points.slice(1).some((end, i) => distanceToLine(mark.points[i], end, at) <= reach / 2);
      if (point >= 0 || onLine) return this.#hold(mark, point, at);
    }
    return false;
  }

  /** @param {number} point -1 for the whole mark */
  #hold(mark, point, at) {
    this.selected = mark;
    this.held = { mark, point, at };
    return true;
  }

  /** @param {Point} at */
  drag(at) {
    if (!this.held) return;
    const { mark, point, at: before } = this.held;
    const moved = ({ x, y }) => ({ x: x + at.x - before.x, y: y + at.y - before.y });
    mark.points = mark.points.map((each, i) => (point === i ? at : point < 0 ? moved(each) : each));
    this.held.at = at;
  }

  /** A press that was hardly dragged leaves no mark. @param {number} shortest mm */
  release(shortest) {
    const mark = this.held?.mark;
    this.held = null;
    if (mark && distance(mark.points[0], mark.points[1]) < shortest) this.#drop(mark);
  }

  /** Remove the selected mark, or else the newest, of what is seen. @param {(mark: Mark) => boolean} isSeen */
  remove(isSeen) {
    const seen = this.marks.filter(isSeen);
    const mark = seen.includes(this.selected) ? this.selected : seen.at(-1);
    if (mark) this.#drop(mark);
  }

  #drop(mark) {
    this.marks = this.marks.filter((each) => each !== mark);
    if (this.selected === mark) this.selected = null;
  }
}
