// Between the place of a click in the preview and the place in a slice; all as shares from the left and the top.

/**
 * @typedef {{row: number, arm: string, left: number, top: number, width: number, height: number, crop: number[]}} Panel
 * @param {Panel[]} panels @param {number} x @param {number} y
 * @returns {{row: number, arm: string, x: number, y: number} | null} null beside all panels
 */
export function placeAt(panels, x, y) {
  const panel = panels.find((one) => isWithin(x - one.left, one.width) && isWithin(y - one.top, one.height));
  if (!panel) return null;
  const [x0, y0, x1, y1] = panel.crop;
  return {
    row: panel.row,
    arm: panel.arm,
    x: x0 + ((x - panel.left) / panel.width) * (x1 - x0),
    y: y0 + ((y - panel.top) / panel.height) * (y1 - y0),
  };
}

function isWithin(distance, size) {
  return distance >= 0 && distance <= size;
}

export function clamp(value, low = 0, high = 1) {
  return Math.min(Math.max(value, low), high);
}

/** @param {object} arrow @param {string} key @param {boolean} far @returns {object | null} the moved arrow */
export function moved(arrow, key, far) {
  const step = far ? 0.05 : 0.005;
  const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (key in steps) {
    const [x, y] = steps[key];
    return { ...arrow, x: clamp(arrow.x + x), y: clamp(arrow.y + y) };
  }
  const turns = { "[": -15, "]": 15 };
  if (key in turns) return { ...arrow, angle_deg: (arrow.angle_deg + turns[key] + 360) % 360 };
  return null;
}

/** The layout without one row: its arrows go with it, those below move up. */
export function withoutRow(layout, row) {
  return {
    ...layout,
    rows: layout.rows.filter((_, number) => number !== row),
    arrows: layout.arrows
      .filter((arrow) => arrow.row !== row)
      .map((arrow) => (arrow.row > row ? { ...arrow, row: arrow.row - 1 } : arrow)),
  };
}

/** The layout with these arms: arrows into an arm that left go with it. */
export function withArms(layout, arms) {
  return { ...layout, arms, arrows: layout.arrows.filter((arrow) => arrow.arm === null || arms.includes(arrow.arm)) };
}
