import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const PAGE = readFileSync(new URL("templates/readerstudy/reading.html", ROOT), "utf8");
const READING = new URL("static/js/reading/", ROOT);
// The shortcut sheet is fetched when it is asked for, and what only it needs; the list of a training in training only.
const LATER = ["ownkeys.js", "shortcuts.js", "shortcutwords.js", "training.js"];
const MODULES = readdirSync(READING).filter((name) => name.endsWith(".js") && !LATER.includes(name));

describe("the page of the reading station", () => {
  it("names every module that it needs at once, so that the browser fetches all of them at the same time", () => {
    const named = [...PAGE.matchAll(/js\/reading\/([\w-]+\.js)/g)].map((match) => match[1]);

    assert.deepEqual(named.sort(), MODULES.sort());
  });

  it("needs none of the others before it is asked for them", () => {
    const imported = MODULES.flatMap((name) => [...readFileSync(new URL(name, READING), "utf8").matchAll(/^import [^;]*"\.\/(.+)";/gm)]);

    assert.deepEqual(imported.map((match) => match[1]).filter((name) => LATER.includes(name)), []);
  });
});
