// One tick for all series of a study. Without this script each is ticked by itself.

for (const all of document.querySelectorAll("[data-tick-all]")) {
  const ticks = [...all.closest("tbody").querySelectorAll("[name=series]")];
  const look = () => {
    const ticked = ticks.filter((tick) => tick.checked).length;
    all.checked = ticked > 0 && ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
  };
  all.hidden = false;
  all.addEventListener("change", () => ticks.forEach((tick) => (tick.checked = all.checked)));
  for (const tick of ticks) tick.addEventListener("change", look);
  look();
}
