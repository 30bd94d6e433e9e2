// Add rows to a part of the protocol. Without this script the one blank row of each part does.

for (const form of document.querySelectorAll("form[data-rows]")) {
  const button = form.querySelector("[data-add-row]");
  button.hidden = false;
  button.addEventListener("click", () => addRow(form));
}

/** @param {HTMLFormElement} form */
function addRow(form) {
  const total = form.querySelector(`#id_${form.dataset.rows}-TOTAL_FORMS`);
  const blank = document.createElement("template");
  blank.innerHTML = form.querySelector("[data-empty-row]").innerHTML.replaceAll("__prefix__", total.value);
  const row = blank.content.firstElementChild;
  form.querySelector("[data-row-list]").append(row);
  const position = row.querySelector("input[name$=-position]");
  if (position) position.value = total.value; // a new row comes last
  total.value = String(Number(total.value) + 1);
  row.querySelector("input:not([type=hidden]), select").focus();
}
