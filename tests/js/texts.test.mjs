import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";

const STATIC = new URL("../../static/js/", import.meta.url);
const ENGLISH = /\.en\.js$/;
const LANGUAGES = ["de"];
// What a function of words is asked with, where a plain number will not do.
const GIVEN = {
  paneLabel: ["left", 11, 12],
  measured: ["length", 12.5, true],
  diagnosticLabel: ["Left"],
  box: ["left", "Lesion"],
  finding: ["right", "Lesion"],
  pinHere: ["left"],
  pinOtherSide: ["right"],
  summary: [{ left: 11, none: 12, right: 13, unassessed: 14, findings: 15 }],
  unseen: [{ left: [0, 1, 2, 6], right: [40] }],
  needed: [{ width: 1920, height: 1080 }],
  zoomed: [1.25],
};
const NUMBER = /\d+/g;

/** @returns {Promise<object>} what a module of words exports, all under one roof, and its `speak` was called */
async function wordsOf(path) {
  const { ACTIONS, ...rest } = await import(new URL(path, STATIC)); // the groups' names differ: compared below
  return Object.assign({}, ...Object.values(rest));
}

/** @param {object} words @param {string} [prefix] @returns {Map<string, unknown>} leaves by their path */
function leaves(words, prefix = "") {
  const found = new Map();
  for (const [key, value] of Object.entries(words)) {
    if (value !== null && typeof value === "object") for (const leaf of leaves(value, `${prefix}${key}.`)) found.set(...leaf);
    else found.set(prefix + key, value);
  }
  return found;
}

/** @param {string} key @param {(...parts: unknown[]) => string} say */
const said = (key, say) => say(...(GIVEN[key] ?? [11, 12, 13, 14].slice(0, Math.max(1, say.length))));

const modules = readdirSync(STATIC, { recursive: true }).map(String).filter((path) => ENGLISH.test(path));
// Two words are the same in both: the keyboard's own names, and what is no word.
const KEYS_OF_A_LANGUAGE = /^keys\.|^names\./;

describe("the words of the scripts", () => {
  it("are in more than one folder", () => assert.ok(modules.length >= 5, modules.join()));

  for (const language of LANGUAGES) {
    for (const path of modules) {
      const other = path.replace(ENGLISH, `.${language}.js`);

      it(`${other} has the keys of the English module, each of the same kind and with the same parameters`, async () => {
        const [english, translated] = [leaves(await wordsOf(path)), leaves(await wordsOf(other))];
        const shape = (words) =>
          [...words]
            .filter(([key]) => !KEYS_OF_A_LANGUAGE.test(key))
            .map(([key, value]) => `${key}: ${typeof value}${typeof value === "function" ? `/${value.length}` : ""}`)
            .sort();

        assert.deepEqual(shape(translated), shape(english));
        assert.ok([...translated.values()].every((value) => value !== ""));
      });

      it(`${other} says every number and name that the English words say`, async () => {
        const facts = {};
        for (const [name, one] of [["english", path], ["translated", other]]) {
          const words = await wordsOf(one);
          const folder = one.replace(/[^/]+$/, "");
          const { speak } = await import(new URL(`${folder}${folder === "reading/" ? "texts" : "words"}.js`, STATIC));
          if (!one.includes("shortcut")) speak(words);
          const sayings = [...leaves(words)].filter(([key, value]) => typeof value === "function" && key !== "sheetWords");
          facts[name] = Object.fromEntries(
            sayings.map(([key, say]) => {
              const text = String(said(key, say));
              assert.doesNotMatch(text, /undefined|NaN|\[object/, key);
              return [key, [...text.match(NUMBER) ?? [], ...(text.match(/Lesion/g) ?? [])].sort()];
            }),
          );
        }

        assert.deepEqual(facts.translated, facts.english);
      });
    }
  }
});

describe("the shortcut sheet in German", () => {
  it("explains every action that the English one does, in groups of the same actions", async () => {
    const { GROUPS, LABELS } = await import(new URL("reading/shortcutwords.js", STATIC));
    const groupsOf = () => Object.values(GROUPS).map((group) => Object.keys(group));
    const actions = {};
    for (const language of ["en", "de"]) {
      for (const name of [GROUPS, LABELS]) for (const key of Object.keys(name)) delete name[key];
      const { ACTIONS, KEY_WORDS } = await import(new URL(`reading/shortcutwords.${language}.js`, STATIC));
      const { speak } = await import(new URL("reading/shortcutwords.js", STATIC));
      speak(ACTIONS, KEY_WORDS);
      actions[language] = groupsOf();
      assert.deepEqual(Object.keys(LABELS).sort(), actions[language].flat().sort());
    }

    assert.deepEqual(actions.de, actions.en);
  });
});

describe("numbers of things", () => {
  it("have their plural in both languages", async () => {
    const { speak } = await import(new URL("reading/texts.js", STATIC));
    const [{ ENGLISH: english }, { GERMAN: german }] = await Promise.all(
      ["en", "de"].map((language) => import(new URL(`reading/texts.${language}.js`, STATIC))),
    );
    speak(german);

    assert.deepEqual([0, 1, 2].map(german.findings), ["0 Auffälligkeiten", "1 Auffälligkeit", "2 Auffälligkeiten"]);
    assert.deepEqual([1, 2].map(german.missing), ["Noch 1 Angabe offen", "Noch 2 Angaben offen"]);
    speak(english);
    assert.deepEqual([0, 1, 2].map(english.findings), ["0 findings", "1 finding", "2 findings"]);
    assert.equal(german.measured("length", 12.34, true), "12,3 mm");
    assert.equal(english.measured("length", 12.34, true), "12.3 mm");
  });
});
