let before = Promise.resolve();

/**
 * Ask why a finished pair is changed; one question after the other.
 *
 * @param {HTMLDialogElement} dialog @returns {Promise<string | null>} null where the reader thought better of it
 */
export function askReason(dialog) {
  before = before.then(() => ask(dialog));
  return before;
}

/** @param {HTMLDialogElement} dialog @returns {Promise<string | null>} */
function ask(dialog) {
  const form = dialog.querySelector("form");
  form.reset();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const settle = () => resolve(dialog.returnValue === "ok" ? form.elements.reason.value.trim() || null : null);
    dialog.addEventListener("close", settle, { once: true });
  });
}
