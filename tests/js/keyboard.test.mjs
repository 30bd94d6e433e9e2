import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import "../../static/js/reading/shortcutwords.en.js";
import { KEYS, actionFor, belongsToControl, chordOf } from "../../static/js/reading/keyboard.js";
import { shownFor } from "../../static/js/reading/ownkeys.js";
import { LABELS } from "../../static/js/reading/shortcutwords.js";
import { VIEW_ACTIONS } from "../../static/js/reading/viewactions.js";

const key = (name, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe("KEYS", () => {
  it("gives no key to two actions", () => {
    const keys = Object.values(KEYS).flat();

    assert.equal(new Set(keys).size, keys.length);
  });

  it("has a key for everything that the tool bar does to the images", () => {
    assert.deepEqual(Object.keys(VIEW_ACTIONS).filter((action) => !(action in KEYS)), []);
  });

  it("has words for every action, and no others", () => {
    assert.deepEqual(Object.keys(LABELS).sort(), Object.keys(KEYS).sort());
  });
});

describe("the tool bar", () => {
  const page = readFileSync(new URL("../../templates/readerstudy/reading.html", import.meta.url), "utf8");
  const bar = page.slice(page.indexOf('role="toolbar"'), page.indexOf("</header>"));
  const buttons = [...bar.matchAll(/<button[^>]*data-action="(\w+)"[^>]*title="([^"]+)"/g)];
  // Reached by wheel and arrows, which a button would only slow down.
  const WITHOUT = /^(next|previous|first|last)/;

  it("has a button for everything that a key does to the images", () => {
    const named = new Set(buttons.map(([, action]) => action));

    assert.deepEqual(Object.keys(VIEW_ACTIONS).filter((action) => !named.has(action) && !WITHOUT.test(action)), []);
  });

  it("tells the key of every button", () => {
    for (const [, action, text] of buttons) {
      const title = text.replace(/^\{% translate '(.*)' %\}$/, "$1");
      assert.ok(title.endsWith(`(${shownFor(action)})`), `${action}: ${title}`);
    }
  });
});

describe("belongsToControl", () => {
  it("leaves the space bar to a focused control and takes it elsewhere", () => {
    const target = (tag) => ({ closest: (list) => list.split(", ").includes(tag), matches: () => false });

    assert.ok(belongsToControl(target("button"), " "));
    assert.ok(!belongsToControl(target("div"), " "));
  });
});

describe("chordOf", () => {
  it("leaves every combination of the browser and the system alone", () => {
    for (const modifier of ["ctrlKey", "metaKey", "altKey"]) assert.equal(chordOf(key("r", { [modifier]: true })), null);
  });

  it("reads letters without regard to case and symbols as they are printed", () => {
    assert.equal(chordOf(key("R")), "r"); // caps lock
    assert.equal(chordOf(key("*", { shiftKey: true })), "*");
    assert.equal(chordOf(key("?", { shiftKey: true })), "?");
    assert.equal(chordOf(key("ArrowRight", { shiftKey: true })), "Shift+ArrowRight");
  });

  it("tells a letter with shift from the bare one, with caps lock too", () => {
    assert.equal(chordOf(key("R", { shiftKey: true })), "Shift+R");
    assert.equal(chordOf(key("r", { shiftKey: true })), "Shift+R");
  });
});

describe("actionFor", () => {
  it("never lets a key that is held down run through the scores", () => {
    assert.equal(actionFor(key("3", { repeat: true }), true), null);
    assert.equal(actionFor(key("Enter", { repeat: true }), true), null);
    assert.equal(actionFor(key("ArrowRight", { repeat: true }), true), "nextSlice");
  });

  it("leaves single characters alone when they are switched off, but for the sheet that switches them on", () => {
    assert.equal(actionFor(key("3"), false), null);
    assert.equal(actionFor(key("PageDown"), false), "nextPage");
    assert.equal(actionFor(key("?"), false), "shortcuts");
    assert.equal(actionFor(key("R", { shiftKey: true }), false), null);
  });
});
