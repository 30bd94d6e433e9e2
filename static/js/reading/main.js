/** Starts the reading station on its page: makes the parts and connects them. */

import { ActivityClock } from "./activity.js";
import { Api } from "./api.js";
import { Autosave } from "./autosave.js";
import { Chrome } from "./chrome.js";
import { configOf, csrfTokenOf, fetchPage } from "./config.js";
import { Desk } from "./desk.js";
import { listenForKeys } from "./keyboard.js";
import { PairViewer } from "./pairviewer.js";
import { newKey, openStore } from "./queuestore.js";
import { askReason } from "./reasondialog.js";
import { ScorePanel } from "./scorepanel.js";
import { ShortcutSheet } from "./shortcuts.js";
import { Station } from "./station.js";
import { TEXTS } from "./texts.js";
import { PressedButtons, listenForButtons } from "./toolbar.js";
import { VIEW_ACTIONS } from "./viewactions.js";
import { Viewing, ViewingPost, openStorage } from "./viewing.js";

/** @param {string} selector @returns {HTMLElement} */
const find = (selector) => document.querySelector(selector);

/** @param {Viewing} viewing */
function makeViewer(viewing) {
  const panes = { left: find('[data-pane="left"]'), right: find('[data-pane="right"]') };
  const buttons = new PressedButtons(document.body);
  const viewer = new PairViewer(panes, find("[data-pane-template]"), {
    renderer: new URLSearchParams(location.search).get("renderer"),
    changed: () => {
      buttons.show(viewer);
      viewing.note(viewer);
    },
  });
  document.body.dataset.renderer = viewer.renderer;
  document.addEventListener("fullscreenchange", () => buttons.show(viewer));
  find("[data-cine-rate]").addEventListener("change", ({ target }) => {
    viewer.cine.setRate(Number(target.value));
    target.blur(); // the keys go back to the pair
  });
  return viewer;
}

/** Autosave and desk speak to the station, which is made from them. @returns {Promise<Station>} */
async function makeStation() {
  const chrome = new Chrome(document);
  const api = new Api("", async () => (await fetchPage(Api.get, station.pair.url)).csrfToken);
  const autosave = new Autosave({
    newKey,
    store: await openStore(),
    post: (url, body) => api.post(url, body),
    onStatus: (status) => chrome.showStatus(status),
    onConflict: (reading, state) => station.onConflict(reading, state),
    onRefused: (record, error) => station.onRefused(record, error),
  });
  const desk = new Desk({
    panel: new ScorePanel(find("[data-panel]"), {
      answer: (step, digit, stay) => desk.answer(digit, step, stay),
      visit: (step) => desk.visit(step),
    }),
    submit: (answers, reason) => station.submit(answers, reason),
    askReason: () => askReason(find("[data-reason-dialog]")),
    say: (text) => chrome.say(text),
    notice: (text) => chrome.notice(text),
  });
  const clock = new ActivityClock(() => performance.now());
  const viewing = new Viewing(clock, new ViewingPost(openStorage(), (url, body) => api.post(url, body), newKey));
  const station = new Station({ viewer: makeViewer(viewing), desk, autosave, api, clock, chrome, viewing });
  return station;
}

/** @param {Station} station @param {ShortcutSheet} sheet @returns {(action: string, digit?: number) => void} */
function performer(station, sheet) {
  const { viewer, desk } = station;
  const actions = {
    answer: (digit) => desk.answer(digit),
    nextItem: () => desk.move(1),
    previousItem: () => desk.move(-1),
    clear: () => desk.clear(),
    yes: () => desk.answerDiagnostic(1),
    no: () => desk.answerDiagnostic(0),
    findings: () => desk.toggleFindings(),
    finish: () => station.finish(),
    nextPair: () => station.go("next"),
    previousPair: () => station.go("previous"),
    shortcuts: () => sheet.show(),
  };
  return (action, digit) => (actions[action] ? actions[action](digit) : VIEW_ACTIONS[action](viewer));
}

/** @param {Station} station */
function watchTheWorld(station) {
  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel"]) {
    addEventListener(sign, () => station.clock.touch(), { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return station.recover();
    station.clock.pause();
    station.viewing.flush();
  });
  // Signing in happens in another window: coming back is the moment to try again.
  for (const moment of ["online", "focus"]) addEventListener(moment, () => station.recover());
  addEventListener("popstate", () => station.revisit(location.pathname));
}

async function start() {
  const station = await makeStation();
  const sheet = new ShortcutSheet(find("[data-shortcut-sheet]"));
  const perform = performer(station, sheet);
  listenForKeys(document, perform, () => sheet.singleKeys);
  listenForButtons(document.body, perform);
  const opened = station.open({
    url: location.pathname,
    config: configOf(document),
    csrfToken: csrfTokenOf(document),
    state: null,
    bytes: new Map(),
    unpacked: new Map(),
  });
  watchTheWorld(station);
  if (!station.autosave.parts.store.durable) station.chrome.notice(TEXTS.volatile, { stays: true });
  station.autosave.send();
  station.viewing.start();
  await opened;
}

await start();
