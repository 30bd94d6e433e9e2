import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const PAGE = readFileSync(new URL("templates/readerstudy/reading.html", ROOT), "utf8");
const MODULES = readdirSync(new URL("static/js/reading/", ROOT)).filter((name) => name.endsWith(".js"));

describe("the page of the reading station", () => {
  it("names every module once, so that the browser fetches all of them at the same time", () => {
    const named = [...PAGE.matchAll(/js\/reading\/([\w-]+\.js)/g)].map((match) => match[1]);

    assert.deepEqual(named.sort(), MODULES.sort());
  });
});
