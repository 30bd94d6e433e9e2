// Results pages: a button at each table that copies it for a word processor.

import { putOnClipboard } from "./clipboard.js";
import { readTable } from "./readtable.js";
import { asHtml, asText } from "./wordtable.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy-table]");
  if (!button) return;
  const table = readTable(document, button.dataset.copyTable);
  const done = await putOnClipboard(document, { html: asHtml(table), text: asText(table) });
  button.textContent = done ? "Copied" : "The browser refused to copy";
});
