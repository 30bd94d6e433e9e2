/** Starts the reading station on its page: makes the parts and connects them. */

import { ActivityClock } from "./activity.js";
import { Api } from "./api.js";
import { Autosave } from "./autosave.js";
import { Chrome } from "./chrome.js";
import { configOf, csrfTokenOf, fetchToken } from "./config.js";
import { Describer } from "./describing.js";
import { Desk } from "./desk.js";
import { listenForKeys } from "./keyboard.js";
import { askWhyNot } from "./notassessable.js";
import { PairViewer } from "./pairviewer.js";
import { newKey, openStore } from "./queuestore.js";
import { askReason } from "./reasondialog.js";
import { ReaderKeys } from "./readerkeys.js";
import { ScorePanel } from "./scorepanel.js";
import { serverClock } from "./serverclock.js";
import { SignInDialog } from "./signin.js";
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

/**
 * Autosave and desk speak to the station, which is made from them.
 * @returns {Promise<{station: Station, describer: Describer}>}
 */
async function makeStation(reader) {
  const chrome = new Chrome(document);
  const api = new Api("", () => fetchToken(Api.get, station.pair.url));
  const autosave = new Autosave({
    newKey,
    clock: serverClock,
    store: await openStore(reader),
    post: (url, body) => api.post(url, body),
    onStatus: (status) => chrome.showStatus(status),
    onConflict: (reading, state) => station.onConflict(reading, state),
    onRefused: (record, error) => station.onRefused(record, error),
    onSuperseded: (record) => station.onSuperseded(record),
    askReason: ({ label }) => {
      chrome.notice(TEXTS.wantsReason(label), { stays: true });
      return askReason(find("[data-reason-dialog]"));
    },
  });
  const desk = new Desk({
    panel: new ScorePanel(find("[data-panel]"), {
      answer: (step, digit, stay) => desk.answer(digit, step, stay),
      visit: (step) => desk.visit(step),
      notAssessable: (step) => desk.notAssessable(step),
    }),
    askWhyNot: (left) => askWhyNot(find("[data-why-not-dialog]"), desk.protocol.not_assessable, left),
    showFindings: (findings, editable) => describer.show(findings, editable),
    submit: (answers, reason) => station.submit(answers, reason),
    askReason: (left) => askReason(find("[data-reason-dialog]"), left),
    say: (text) => chrome.say(text),
    notice: (text) => chrome.notice(text),
  });
  const clock = new ActivityClock(() => performance.now());
  const viewing = new Viewing(clock, new ViewingPost(openStorage(), (url, body) => api.post(url, body), newKey));
  const viewer = makeViewer(viewing);
  const describer = new Describer(find("[data-finding-list]"), { desk, viewer, chrome });
  const again = () => station.pair.config.urls.again;
  const signIn = new SignInDialog(find("[data-sign-in-dialog]"), {
    reader: () => reader,
    whoIsIn: async () => (await api.getJson(again())).username,
    signIn: (person) => api.signInAgain(again(), person),
  });
  const station = new Station({ viewer, desk, autosave, api, clock, chrome, viewing, signIn });
  chrome.parts["sign-in"].addEventListener("click", () => station.signInAgain());
  return { station, describer };
}

/**
 * @param {Station} station @param {Describer} describer @param {ReaderKeys} keys
 * @returns {(action: string, digit?: number) => void}
 */
function performer(station, describer, keys) {
  const { viewer, desk } = station;
  const actions = {
    answer: (digit) => desk.answer(digit),
    nextItem: () => desk.move(1),
    previousItem: () => desk.move(-1),
    clear: () => desk.clear(),
    yes: () => desk.answerDiagnostic(1),
    no: () => desk.answerDiagnostic(0),
    findings: () => desk.toggleFindings(),
    rest: () => desk.restNoDifference(),
    notAssessable: () => desk.notAssessable(),
    comment: () => describer.comment(),
    pin: () => describer.pin(),
    finish: () => station.finish(),
    nextPair: () => station.go("next"),
    previousPair: () => station.go("previous"),
    shortcuts: () =>
      keys.showSheet(find("[data-shortcut-sheet]")).catch(() => station.chrome.notice(TEXTS.sheetOffline)),
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
  // The connection, the reader, or the page itself (out of the browser's cache) is back.
  for (const moment of ["online", "focus"]) addEventListener(moment, () => station.recover());
  addEventListener("pageshow", ({ persisted }) => persisted && station.recover());
  addEventListener("beforeunload", (event) => station.autosave.atRisk && event.preventDefault());
  addEventListener("popstate", () => station.revisit(location.pathname));
}

async function start() {
  const config = configOf(document);
  const { station, describer } = await makeStation(config.reader);
  const keys = new ReaderKeys(config.keys, (own) => station.api.post(config.urls.keys, { keys: own }));
  const perform = performer(station, describer, keys);
  listenForKeys(document, perform, keys);
  if (config.training) import("./training.js").then(({ follow }) => follow(station, keys));
  keys.tell(document).catch(() => {}); // without a connection the buttons tell our own keys
  listenForButtons(document.body, perform);
  const opened = station.open({
    url: location.pathname,
    config,
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
