// A table of the page as plain data.

/** @typedef {{text: string, heading: boolean, strong: boolean, span: number}} Cell */
/** @typedef {{title: string, caption: string, head: Cell[][], body: Cell[][], notes: string[]}} Table */

/**
 * @param {Document} page
 * @param {string} name
 * @returns {Table}
 */
export function readTable(page, name) {
  const table = page.querySelector(`table[data-table="${name}"]`);
  const rows = (parts) => [...parts].flatMap((part) => [...part.rows].map((row) => [...row.cells].map(readCell)));
  return {
    title: table.dataset.title,
    caption: words(table.caption.textContent),
    head: rows([table.tHead]),
    body: rows(table.tBodies),
    notes: [...page.querySelectorAll(`[data-notes="${name}"] li`)].map((note) => words(note.textContent)),
  };
}

/** @param {HTMLTableCellElement} cell @returns {Cell} */
function readCell(cell) {
  return {
    text: words(cell.textContent),
    heading: cell.tagName === "TH",
    strong: cell.querySelector("strong") !== null,
    span: cell.colSpan,
  };
}

/** @param {string} text */
const words = (text) => text.trim().replace(/\s+/g, " ");
