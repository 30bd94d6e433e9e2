import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { BINDINGS, bindingFor, chordOf } from "../../static/js/reading/keyboard.js";
import { VIEW_ACTIONS } from "../../static/js/reading/pairviewer.js";

const key = (name, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe("BINDINGS", () => {
  it("gives no key to two actions", () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);

    assert.equal(new Set(keys).size, keys.length);
  });

  it("has a key for everything that the tool bar does to the images", () => {
    const actions = new Set(BINDINGS.map((binding) => binding.action));

    assert.deepEqual(Object.keys(VIEW_ACTIONS).filter((action) => !actions.has(action)), []);
  });
});

describe("chordOf", () => {
  it("leaves every combination of the browser and the system alone", () => {
    for (const modifier of ["ctrlKey", "metaKey", "altKey"]) assert.equal(chordOf(key("r", { [modifier]: true })), null);
  });

  it("reads letters without regard to case and symbols as they are printed", () => {
    assert.equal(chordOf(key("R", { shiftKey: true })), "r");
    assert.equal(chordOf(key("?", { shiftKey: true })), "?");
    assert.equal(chordOf(key("ArrowRight", { shiftKey: true })), "Shift+ArrowRight");
  });
});

describe("bindingFor", () => {
  it("never lets a key that is held down run through the scores", () => {
    assert.equal(bindingFor(key("3", { repeat: true }), true), null);
    assert.equal(bindingFor(key("Enter", { repeat: true }), true), null);
    assert.equal(bindingFor(key("ArrowRight", { repeat: true }), true).action, "nextSlice");
  });

  it("leaves single characters alone when they are switched off, but for the sheet that switches them on", () => {
    assert.equal(bindingFor(key("3"), false), null);
    assert.equal(bindingFor(key("PageDown"), false).action, "nextPage");
    assert.equal(bindingFor(key("?"), false).action, "shortcuts");
  });
});
