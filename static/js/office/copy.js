// Beside a read-only field: a button that copies it.

/** @param {Document} page */
export function offerCopies(page) {
  if (!navigator.clipboard) return;
  for (const button of page.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const source = button.parentElement.querySelector("[data-copy-source]");
  source.select();
  await navigator.clipboard.writeText(source.value);
  button.textContent = "Copied";
}
