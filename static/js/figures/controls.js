// The controls of a figure, made from its layout. Each change calls `change(layout, key)`; nothing is kept here.

import { withArms, withoutRow } from "./places.js";

/** @returns {HTMLElement} */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(key, value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const field = (label, control) => element("label", { class: "figure-field" }, element("span", {}, label), control);

const number = (value, [low, high, step], name, then) =>
  element("input", {
    type: "number", value: String(value), min: low, max: high, step, "data-name": name,
    onchange: ({ target }) => target.reportValidity() && target.value !== "" && then(Number(target.value)),
  });

const slider = (value, [low, high, step], name, then) =>
  element("input", {
    type: "range", value: String(value), min: low, max: high, step, "data-name": name,
    oninput: ({ target }) => then(Number(target.value)),
  });

const choice = (value, options, name, then) =>
  element(
    "select",
    { "data-name": name, onchange: ({ target }) => then(target.value) },
    ...options.map(([key, label]) => element("option", { value: key, selected: key === value }, label)),
  );

const check = (label, value, name, then) =>
  element(
    "label",
    { class: "figure-check" },
    element("input", {
      type: "checkbox", checked: value, "data-name": name, onchange: ({ target }) => then(target.checked),
    }),
    label,
  );

const button = (label, name, then, attributes = {}) =>
  element("button", { type: "button", class: "button small quiet", "data-name": name, onclick: then, ...attributes }, label);

/** @param {object} layout @param {object} config @param {(layout: object, key?: string) => void} change */
export function pageControls(layout, config, change) {
  const set = (part) => change({ ...layout, ...part });
  const bars = config.scale_bars_mm.map((mm) => [String(mm), mm ? `${mm} mm` : "none"]);
  return [
    field("Width, mm", number(layout.width_mm, [...config.widths_mm, 1], "width_mm", (width_mm) => set({ width_mm }))),
    field(
      "Scale bar",
      choice(String(layout.scale_bar_mm), bars, "scale_bar_mm", (mm) => set({ scale_bar_mm: Number(mm) })),
    ),
    ...config.arms.map((arm) =>
      check(arm, layout.arms.includes(arm), `arm ${arm}`, (on) => {
        const arms = config.arms.filter((one) => (one === arm ? on : layout.arms.includes(one)));
        change(withArms(layout, arms.length ? arms : layout.arms));
      }),
    ),
    check("Arm names", layout.arm_names, "arm_names", (arm_names) => set({ arm_names })),
    check("Acquisition times", layout.times, "times", (times) => set({ times })),
    check("Letters", layout.letters, "letters", (letters) => set({ letters })),
  ];
}

export function rowControls(layout, config, change) {
  return layout.rows.map((row, index) => {
    const set = (part, key = "") => {
      const rows = layout.rows.map((one, other) => (other === index ? { ...one, ...part } : one));
      change({ ...layout, rows }, key && `${key} ${index}`);
    };
    return oneRow(row, index, { layout, config, change, set });
  });
}

function oneRow(row, index, { layout, config, change, set }) {
  const of = config.image_sets.find((one) => one.code === row.image_set);
  const slices = of?.slices ?? 1;
  const take = (code) => {
    const next = config.image_sets.find((one) => one.code === code);
    set({ image_set: code, slice: Math.floor(next.slices / 2) });
  };
  const own = row.preset === "own";
  return element(
    "fieldset",
    { class: "figure-row", "data-row": String(index) },
    element("legend", {}, `Row ${index + 1}`),
    field("Image set", choice(row.image_set, config.image_sets.map((one) => [one.code, one.label]), "image_set", take)),
    field(
      `Slice ${row.slice + 1} of ${slices}`,
      slider(row.slice + 1, [1, slices, 1], "slice", (slice) => set({ slice: slice - 1 }, "slice")),
    ),
    field("Window", choice(row.preset, config.presets, "preset", (preset) => set({ preset }))),
    ...(own ? windowSliders(row, set) : []),
    field(
      `Zoom ${row.zoom.toFixed(1)}×`,
      slider(row.zoom, [1, config.most.zoom, 0.1], "zoom", (zoom) => set({ zoom }, "zoom")),
    ),
    ...(row.zoom > 1 ? cropSliders(row, set) : []),
    field(
      "Label at the side",
      element("input", {
        type: "text", maxlength: 60, value: row.label, "data-name": "label",
        onchange: ({ target }) => set({ label: target.value.trim() }),
      }),
    ),
    button("Remove the row", "remove-row", () => change(withoutRow(layout, index)), { disabled: layout.rows.length < 2 }),
  );
}

function windowSliders(row, set) {
  return [
    field("Middle grey", slider(row.center, [0, 1, 0.01], "center", (center) => set({ center }, "center"))),
    field("Window width", slider(row.width, [0.01, 2, 0.01], "width", (width) => set({ width }, "width"))),
  ];
}

function cropSliders(row, set) {
  return [
    field("Crop, left to right", slider(row.x, [0, 1, 0.01], "x", (x) => set({ x }, "x"))),
    field("Crop, top to bottom", slider(row.y, [0, 1, 0.01], "y", (y) => set({ y }, "y"))),
  ];
}

/** @param {number} selected which arrow the keyboard moves; -1 for none @param {(index: number) => void} select */
export function arrowControls(layout, config, { change, selected, select }) {
  return layout.arrows.map((arrow, index) => {
    const set = (part) => {
      const arrows = layout.arrows.map((one, other) => (other === index ? { ...one, ...part } : one));
      change({ ...layout, arrows });
    };
    return element(
      "fieldset",
      { class: index === selected ? "figure-arrow selected" : "figure-arrow", "data-arrow": String(index),
        onfocusin: () => select(index) },
      element("legend", {}, `Arrow ${index + 1}`),
      field("Row", choice(String(arrow.row), layout.rows.map((_, row) => [String(row), String(row + 1)]), "row",
        (row) => set({ row: Number(row) }))),
      field("In", choice(arrow.arm ?? "", [["", "all arms"], ...layout.arms.map((arm) => [arm, arm])], "arm",
        (arm) => set({ arm: arm || null }))),
      field("Across, %", number(percent(arrow.x), [0, 100, 0.1], "x", (x) => set({ x: x / 100 }))),
      field("Down, %", number(percent(arrow.y), [0, 100, 0.1], "y", (y) => set({ y: y / 100 }))),
      field("Comes from, °", number(Math.round(arrow.angle_deg), [0, 359, 1], "angle", (angle_deg) => set({ angle_deg }))),
      field("Colour", choice(arrow.colour, config.colours.map((one) => [one, one]), "colour", (colour) => set({ colour }))),
      button("Remove", "remove-arrow", () =>
        change({ ...layout, arrows: layout.arrows.filter((_, other) => other !== index) })),
    );
  });
}

const percent = (share) => Math.round(share * 1000) / 10;
