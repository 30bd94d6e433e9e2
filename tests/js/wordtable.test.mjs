import assert from "node:assert/strict";
import { test } from "node:test";

import { asHtml, asText, escaped } from "../../static/js/results/wordtable.js";

const cell = (text, facts = {}) => ({ text, heading: false, strong: false, span: 1, ...facts });
const table = {
  title: "Table 2",
  caption: "Preference <all readers>",
  head: [
    [cell(""), cell("SOC vs FAST", { heading: true, span: 2 })],
    [cell("Feature", { heading: true }), cell("Mean", { heading: true }), cell("P", { heading: true })],
  ],
  body: [[cell("SNR", { heading: true }), cell("3.7 ± 0.5"), cell("<0.0001", { strong: true })]],
  notes: ["P & more."],
};

test("the table for a word processor is one table, escaped, with its bands, bold and notes", () => {
  const html = asHtml(table);

  assert.equal(html.match(/<table/g).length, 1);
  assert.match(html, /<p [^>]*><b>Table 2<\/b> Preference &lt;all readers&gt;<\/p>/);
  assert.match(html, /<th colspan="2"[^>]*>SOC vs FAST<\/th>/);
  assert.match(html, /font-weight: bold">&lt;0.0001<\/td>/);
  assert.match(html, /font-weight: normal">3.7 ± 0.5<\/td>/);
  assert.match(html, /<p [^>]*>P &amp; more\.<\/p>$/);
});

test("lines stand above and below the headings and below the last row", () => {
  const html = asHtml(table);

  assert.equal(html.match(/border-top/g).length, table.head[0].length);
  assert.equal(html.match(/border-bottom/g).length, table.head[1].length + table.body[0].length);
});

test("as text every row has the same number of tabs", () => {
  const [, ...lines] = asText(table).split("\n");

  assert.deepEqual(lines.slice(0, 3).map((line) => line.split("\t").length), [3, 3, 3]);
  assert.equal(lines[2], "SNR\t3.7 ± 0.5\t<0.0001");
});

test("signs of markup are escaped", () => {
  assert.equal(escaped('<a href="x">&'), "&lt;a href=&quot;x&quot;&gt;&amp;");
});
