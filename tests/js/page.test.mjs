import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const PAGE = readFileSync(new URL("templates/readerstudy/reading.html", ROOT), "utf8");
const READING = new URL("static/js/reading/", ROOT);
// Fetched when they are asked for: the shortcut sheet and what only it needs, the sign-in after a session's end, and the
// renderer for browsers without WebGL 2.
const LATER = ["ownkeys.js", "renderer-2d.js", "shortcuts.js", "shortcutwords.js", "signin.js"];
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
