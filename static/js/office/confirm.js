// A button with data-confirm asks in a dialog before its form is sent. Without this script the form is sent at once,
// with the reason that the page asks for.

/**
 * @param {Document} page
 * @param {HTMLDialogElement} dialog
 */
export function confirmActs(page, dialog) {
  page.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || !button.form) return;
    event.preventDefault();
    if (button.form.reportValidity()) ask(dialog, button);
  });
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLButtonElement} button
 */
function ask(dialog, button) {
  dialog.querySelector("[data-title]").textContent = button.dataset.confirm;
  dialog.querySelector("[data-text]").textContent = button.dataset.confirmText ?? "";
  dialog.querySelector("[data-yes]").textContent = button.dataset.confirmYes ?? "Yes";
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && button.form.requestSubmit(button), {
    once: true,
  });
  dialog.showModal();
}
