import assert from "node:assert/strict";
import { describe, it } from "node:test";

import "../../static/js/reading/shortcutwords.en.js";
import { KEYS, actionFor, keyTable } from "../../static/js/reading/keyboard.js";
import { FIXED, shownFor, showKey, whyNotKey, withKey } from "../../static/js/reading/ownkeys.js";

const key = (name) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false });

describe("a key of one's own", () => {
  it("takes the place of ours", () => {
    const table = keyTable({ smooth: "#" });

    assert.equal(actionFor(key("#"), true, table), "smooth");
    assert.equal(actionFor(key("t"), true, table), null);
  });

  it("that is ours again is no change", () => {
    assert.deepEqual(withKey({ smooth: "#" }, "smooth", "t"), {});
    assert.deepEqual(withKey({}, "smooth", "#"), { smooth: "#" });
  });
});

describe("whyNotKey", () => {
  it("names what holds a key already", () => {
    assert.match(whyNotKey("smooth", "f", {}), /^F already is: Fit to the pane/);
    assert.match(whyNotKey("fit", "#", { smooth: "#" }), /already is: Smooth/);
  });

  it("gives away a key that was left", () => {
    assert.equal(whyNotKey("fit", "t", { smooth: "#" }), null);
  });

  it("takes the own key of the action", () => {
    assert.equal(whyNotKey("smooth", "t", {}), null);
  });

  it("leaves to the browser and to the scores what is theirs", () => {
    for (const chord of [null, "F5", "Tab", "Escape", "/", "'", "7", "Shift+F10"]) {
      assert.notEqual(whyNotKey("smooth", chord, {}), null, chord);
    }
    for (const chord of ["#", "Shift+T", "ä", "Insert", "Shift+Home"]) {
      assert.equal(whyNotKey("smooth", chord, {}), null, chord);
    }
  });
});

describe("showKey", () => {
  it("writes keys as they are printed", () => {
    const chords = ["t", " ", "-", "Shift+R", "Shift+ArrowLeft", "PageDown", "Delete", "ä"];

    assert.deepEqual(chords.map(showKey), ["T", "Space", "−", "Shift R", "Shift ←", "Page ↓", "Del", "Ä"]);
  });

  it("knows a key for every action", () => {
    for (const action of Object.keys(KEYS)) assert.ok(shownFor(action), action);
    assert.equal(shownFor("clear"), "0");
    assert.equal(shownFor("smooth", { smooth: "#" }), "#");
    assert.deepEqual(FIXED.map((action) => shownFor(action)), ["1 – 5", "?"]);
  });
});
