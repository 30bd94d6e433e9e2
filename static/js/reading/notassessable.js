/**
 * "Not assessable": the button of each feature and the question why.
 *
 * @typedef {import("./scoring.js").Protocol} Protocol
 */

import { make } from "./elements.js";
import { closed } from "./reasondialog.js";
import { TEXTS } from "./texts.js";

/** @param {Protocol} protocol @param {Map<string, HTMLElement>} rows by step: each feature gets its button */
export function addButtons(protocol, rows) {
  if (!protocol.not_assessable.length) return;
  for (const { code } of protocol.features) {
    const id = `feature:${code}`;
    const name = rows.get(id).querySelector(".step-name");
    const button = make("button", "unassessed", TEXTS.naShort);
    Object.assign(button, { type: "button", title: TEXTS.naTitle });
    button.dataset.unassessed = id;
    button.setAttribute("aria-label", TEXTS.naLabel(name.textContent));
    name.after(button);
  }
}

/** @param {HTMLElement} row @param {Protocol} protocol @param {import("./scoring.js").Answer} answer @param {boolean} editable */
export function showReason(row, protocol, answer, editable) {
  const button = row.querySelector("[data-unassessed]");
  if (!button) return;
  const reason = protocol.not_assessable.find(({ code }) => code === answer?.not_assessable);
  const text = reason ? reason.label : TEXTS.naShort;
  if (button.textContent !== text) button.textContent = text;
  button.setAttribute("aria-pressed", String(Boolean(reason)));
  button.disabled = !editable;
}

/**
 * @param {HTMLDialogElement} dialog @param {Protocol["not_assessable"]} reasons
 * @param {AbortSignal} left the reader left the pair: the question is void
 * @returns {Promise<string | null>} a reason's code; null where the reader thought better of it
 */
export async function askWhyNot(dialog, reasons, left) {
  const choices = reasons.map(({ code, label }, i) => {
    const button = make("button", "", make("kbd", "", String(i + 1)), ` ${label}`);
    return Object.assign(button, { value: code });
  });
  dialog.querySelector("[data-reasons]").replaceChildren(...choices);
  dialog.onkeydown = ({ key }) => choices[Number(key) - 1]?.click();
  return (await closed(dialog, left)) || null;
}
