import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const PAGE = readFileSync(new URL("templates/readerstudy/reading.html", ROOT), "utf8");
const READING = new URL("static/js/reading/", ROOT);
// The shortcut sheet is fetched when it is asked for, and what only it needs; training.js in training.
const LATER = ["ownkeys.js", "shortcuts.js", "shortcutwords.js", "training.js"];
// The words of one language: the page's tag `words_module` names those of its own.
const WORDS = /\.[a-z]{2}\.js$/;
const MODULES = readdirSync(READING).filter((name) => name.endsWith(".js") && !LATER.includes(name) && !WORDS.test(name));

describe("the page of the reading station", () => {
  it("names every module that it needs at once, so that the browser fetches all of them at the same time", () => {
    const named = [...PAGE.matchAll(/js\/reading\/([\w-]+\.js)/g)].map((match) => match[1]);

    assert.deepEqual(named.sort(), MODULES.sort());
  });

  it("loads the words of its language before the scripts that use them, and no other words", () => {
    const scripts = [...PAGE.matchAll(/<script type="module" src="(.+)"><\/script>/g)].map((match) => match[1]);

    assert.deepEqual(scripts, ["{% words_module 'js/reading/texts' %}", "{% static 'js/reading/main.js' %}"]);
    for (const name of MODULES) {
      assert.doesNotMatch(readFileSync(new URL(name, READING), "utf8"), /^(import|export)\b.*\.[a-z]{2}\.js"/m, name);
    }
  });

  it("needs none of the others before it is asked for them", () => {
    const imported = MODULES.flatMap((name) => [...readFileSync(new URL(name, READING), "utf8").matchAll(/^import [^;]*"\.\/(.+)";/gm)]);

    assert.deepEqual(imported.map((match) => match[1]).filter((name) => LATER.includes(name)), []);
  });
});
