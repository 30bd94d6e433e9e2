// Move a series and describe an image set without leaving the board. Without this script "Move" leads to the page of
// the series, which has the same forms.

/** @param {Document} page */
export function openDialogs(page) {
  const move = page.querySelector("#move");
  const describe = page.querySelector("#describe");
  if (!move || !describe) return;
  page.addEventListener("click", (event) => {
    const mover = event.target.closest("[data-move]");
    const describer = event.target.closest("[data-describe]");
    if (mover) {
      event.preventDefault();
      openMove(move, mover.dataset, page);
    } else if (describer) {
      openDescribe(describe, describer);
    } else if (event.target.closest("[data-close]")) {
      event.target.closest("dialog").close();
    }
  });
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {DOMStringMap} series
 * @param {Document} page
 */
function openMove(dialog, series, page) {
  dialog.querySelector("form").action = series.move;
  dialog.querySelector("[data-series]").textContent = series.series;
  dialog.querySelector("[data-participant]").textContent = series.participant;
  offerSets(dialog.querySelector("[name=image_set]"), series, page);
  dialog.querySelector("[name=arm]").value = series.arm;
  dialog.showModal();
}

/**
 * The image sets of the series' participant, between "None" and "A new image set".
 * @param {HTMLSelectElement} select
 * @param {DOMStringMap} series
 * @param {Document} page
 */
function offerSets(select, series, page) {
  for (const option of [...select.options]) if (option.dataset.offered) option.remove();
  const rows = [...page.querySelectorAll("tr[data-set]")];
  for (const row of rows.filter((one) => one.dataset.participant === series.participant)) {
    const option = new Option(row.dataset.set, row.dataset.set);
    option.dataset.offered = "yes";
    select.add(option, select.options.length - 1);
  }
  select.value = series.set;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} opener
 */
function openDescribe(dialog, opener) {
  const form = dialog.querySelector("form");
  form.action = opener.dataset.describe;
  dialog.querySelector("[data-set]").textContent = opener.closest("tr").dataset.set;
  for (const name of ["region", "plane", "sequence"]) form.elements[name].value = opener.dataset[name];
  dialog.showModal();
}
