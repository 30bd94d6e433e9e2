// The figure page: a layout in memory, drawn by the server after each change, kept when it is saved.

import { arrowControls, pageControls, rowControls } from "./controls.js";
import { History } from "./history.js";
import { moved, placeAt } from "./places.js";
import { latest, post } from "./requests.js";

const DELAY_MS = 200;
const part = (name) => document.querySelector(`[data-part=${name}]`);
const config = JSON.parse(document.querySelector("#figure-config").textContent);
const history = new History(config.layout);
let saved = JSON.stringify(config.layout);
let savedTitle = config.title;
let version = config.version;
let panels = [];
let selected = -1;

const title = part("title");
const isChanged = () => JSON.stringify(history.state) !== saved || title.value.trim() !== savedTitle;

const draw = latest(async (signal) => {
  part("preview").setAttribute("aria-busy", "true");
  try {
    const answer = await post(config.urls.preview_figure, { layout: history.state }, signal);
    part("image").src = answer.image;
    panels = answer.panels;
    say("");
  } catch (error) {
    if (signal.aborted) return;
    say(error.message);
  }
  part("preview").setAttribute("aria-busy", "false");
}, DELAY_MS);

function say(problem) {
  part("problem").textContent = problem;
  part("problem").hidden = !problem;
}

function change(layout, key = "") {
  history.push(layout, key);
  refresh();
}

/** Make the controls anew, and give the focus back to the one that had it. */
function refresh() {
  const layout = history.state;
  if (selected >= layout.arrows.length) selected = layout.arrows.length - 1;
  const focus = focusedControl();
  part("page").replaceChildren(...pageControls(layout, config, change));
  part("rows").replaceChildren(...rowControls(layout, config, change));
  part("arrows").replaceChildren(...arrowControls(layout, config, { change, selected, select }));
  part("no-arrows").hidden = layout.arrows.length > 0;
  part("add-row").disabled = layout.rows.length >= config.most.rows;
  part("add-arrow").disabled = layout.arrows.length >= config.most.arrows;
  restoreFocus(focus);
  tellState();
  draw();
}

function focusedControl() {
  const control = document.activeElement?.closest("[data-name]");
  const home = control?.closest("[data-row], [data-arrow]");
  return control && { name: control.dataset.name, row: home?.dataset.row, arrow: home?.dataset.arrow };
}

function restoreFocus(focus) {
  if (!focus) return;
  const home = focus.row !== undefined ? `[data-row="${focus.row}"] `
    : focus.arrow !== undefined ? `[data-arrow="${focus.arrow}"] ` : "[data-part=page] ";
  document.querySelector(`${home}[data-name="${focus.name}"]`)?.focus();
}

function tellState() {
  const changed = isChanged();
  part("undo").disabled = !history.past.length;
  part("redo").disabled = !history.future.length;
  part("save").disabled = !changed;
  part("state").textContent = changed ? "Not saved yet" : "Saved";
  for (const button of document.querySelectorAll("[data-export]")) button.disabled = changed;
}

function select(index) {
  if (index === selected) return;
  selected = index;
  for (const one of document.querySelectorAll("[data-arrow]")) {
    one.classList.toggle("selected", Number(one.dataset.arrow) === selected);
  }
}

function addArrow(place) {
  const layout = history.state;
  if (layout.arrows.length >= config.most.arrows) return;
  selected = layout.arrows.length;
  const arrow = { row: place.row, arm: place.arm, x: place.x, y: place.y, angle_deg: 225, colour: "white" };
  change({ ...layout, arrows: [...layout.arrows, arrow] });
}

function replaceArrow(arrow, key) {
  const layout = history.state;
  change({ ...layout, arrows: layout.arrows.map((one, index) => (index === selected ? arrow : one)) }, key);
}

part("preview").addEventListener("click", (event) => {
  const box = part("image").getBoundingClientRect();
  const place = placeAt(panels, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  if (!place) return;
  const arrow = history.state.arrows[selected];
  if (event.shiftKey && arrow) replaceArrow({ ...arrow, ...place, arm: arrow.arm === null ? null : place.arm });
  else addArrow(place);
});

part("preview").addEventListener("keydown", (event) => {
  const arrow = history.state.arrows[selected];
  if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Delete") {
    change({ ...history.state, arrows: history.state.arrows.filter((_, index) => index !== selected) });
  } else {
    const next = moved(arrow, event.key, event.shiftKey);
    if (!next) return;
    replaceArrow(next, `arrow ${selected}`);
  }
  event.preventDefault();
});

part("add-arrow").addEventListener("click", () => {
  const row = history.state.rows[0];
  addArrow({ row: 0, arm: null, x: row.x, y: row.y });
  part("preview").focus();
});

part("add-row").addEventListener("click", () => {
  const layout = history.state;
  const taken = layout.rows.map((row) => row.image_set);
  const next = config.image_sets.find((one) => !taken.includes(one.code)) ?? config.image_sets[0];
  const row = { image_set: next.code, slice: Math.floor(next.slices / 2), preset: "as_read", center: 0.25, width: 0.5,
    zoom: 1, x: 0.5, y: 0.5, label: next.short };
  change({ ...layout, rows: [...layout.rows, row] });
});

function step(direction) {
  history[direction]();
  refresh();
}

part("undo").addEventListener("click", () => step("undo"));
part("redo").addEventListener("click", () => step("redo"));
title.addEventListener("input", tellState);

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches("input[type=text]")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  step(key === "y" || event.shiftKey ? "redo" : "undo");
});

part("save").addEventListener("click", async () => {
  const sent = JSON.stringify(history.state);
  try {
    const answer = await post(config.urls.save_figure, { layout: history.state, title: title.value, version });
    ({ version } = answer);
    saved = sent;
    savedTitle = answer.title;
    say("");
  } catch (error) {
    say(error.message);
  }
  tellState();
});

window.addEventListener("beforeunload", (event) => {
  if (isChanged()) event.preventDefault();
});

refresh();
