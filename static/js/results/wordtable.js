// A table as HTML that a word processor takes as a real table, and as text with tabs. No DOM: the styles here are for
// the clipboard only and never enter the page, whose content security policy forbids them.

const LINE = "1px solid #000";
const FONT = "font-family: 'Times New Roman', serif; font-size: 10pt";
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** @param {string} text */
export const escaped = (text) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

/**
 * Title and caption above, lines above and below the headings and below the last row, notes beneath.
 *
 * @param {import("./readtable.js").Table} table
 */
export function asHtml({ title, caption, head, body, notes }) {
  const last = body.length - 1;
  const heads = head.map((row, place) => rowHtml(row, edges(place === 0, place === head.length - 1)));
  const rows = body.map((row, place) => rowHtml(row, edges(false, place === last)));
  return [
    `<p style="${FONT}"><b>${escaped(title)}</b> ${escaped(caption)}</p>`,
    `<table style="border-collapse: collapse; ${FONT}">`,
    `<thead>${heads.join("")}</thead><tbody>${rows.join("")}</tbody></table>`,
    ...notes.map((note) => `<p style="${FONT}">${escaped(note)}</p>`),
  ].join("");
}

/** @param {boolean} above @param {boolean} below */
const edges = (above, below) => `${above ? `border-top: ${LINE}; ` : ""}${below ? `border-bottom: ${LINE}; ` : ""}`;

/**
 * @param {import("./readtable.js").Cell[]} row
 * @param {string} edge
 */
function rowHtml(row, edge) {
  const cells = row.map(({ text, heading, strong, span }, place) => {
    const tag = heading ? "th" : "td";
    const align = place === 0 ? "left" : "center";
    const weight = strong || row.length === 1 ? "bold" : "normal";
    const spans = span > 1 ? ` colspan="${span}"` : "";
    const style = `${edge}padding: 2pt 6pt; text-align: ${align}; font-weight: ${weight}`;
    return `<${tag}${spans} style="${style}">${escaped(text)}</${tag}>`;
  });
  return `<tr>${cells.join("")}</tr>`;
}

/** @param {import("./readtable.js").Table} table */
export function asText({ title, caption, head, body, notes }) {
  const line = (row) => row.flatMap(({ text, span }) => [text, ...Array(span - 1).fill("")]).join("\t");
  return [`${title}\t${caption}`, ...head.map(line), ...body.map(line), ...notes].join("\n");
}
