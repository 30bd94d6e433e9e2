let before = Promise.resolve();

/**
 * Ask why a finished pair is changed; one question after the other.
 *
 * @param {HTMLDialogElement} dialog
 * @param {AbortSignal} [left] the reader left the pair: the question is void
 * @returns {Promise<string | null>} null where the reader thought better of it
 */
export function askReason(dialog, left) {
  before = before.then(() => (left?.aborted ? null : ask(dialog, left)));
  return before;
}

/** @param {HTMLDialogElement} dialog @param {AbortSignal} [left] @returns {Promise<string | null>} */
async function ask(dialog, left) {
  const form = dialog.querySelector("form");
  form.reset();
  return (await closed(dialog, left)) === "ok" ? form.elements.reason.value.trim() || null : null;
}

/**
 * Show a question until it is answered or void.
 *
 * @param {HTMLDialogElement} dialog @param {AbortSignal} [left] @returns {Promise<string>} "" where it was void
 */
export function closed(dialog, left) {
  dialog.returnValue = "";
  dialog.showModal();
  const close = () => dialog.close("");
  left?.addEventListener("abort", close);
  return new Promise((resolve) => {
    const settle = () => {
      left?.removeEventListener("abort", close);
      resolve(dialog.returnValue);
    };
    dialog.addEventListener("close", settle, { once: true });
  });
}
