// The board comes whole from the server every two seconds while the worker is busy. Only what changed is put into the
// page, so that focus, scrolling and pictures stay where they are.

/**
 * @param {HTMLElement} body  where htmx tells that an answer has come
 * @param {string} boardId
 */
export function refreshInPlace(body, boardId) {
  body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== boardId || event.detail.xhr.status !== 200) return;
    event.detail.shouldSwap = false;
    const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const board = fresh.getElementById(boardId);
    if (board) update(event.detail.target, board);
  });
}

/**
 * @param {HTMLElement} live
 * @param {HTMLElement} fresh
 */
function update(live, fresh) {
  for (const part of fresh.querySelectorAll("[id]")) {
    const old = live.querySelector(`#${CSS.escape(part.id)}`);
    if (!old) continue;
    if ("keyed" in part.dataset) updateRows(old, part);
    else if (part.querySelector("[data-keyed]")) old.hidden = part.hidden;
    else replaceIfChanged(old, part);
  }
}

/**
 * @param {HTMLElement} live
 * @param {HTMLElement} fresh  rows with ids, in their order
 */
export function updateRows(live, fresh) {
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((row) => row.id));
  for (const row of [...live.children]) if (!ids.has(row.id)) row.remove();
  wanted.forEach((row, place) => {
    const here = live.children[place];
    if (here?.id === row.id) replaceIfChanged(here, row);
    else live.insertBefore(document.importNode(row, true), here ?? null);
  });
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function replaceIfChanged(old, fresh) {
  if (!old.isConnected || (markup(old) === markup(fresh))) return;
  const copy = document.importNode(fresh, true);
  old.replaceWith(copy);
  window.htmx.process(copy);
}

/**
 * What came from the server, without the classes that htmx sets while a request is on its way.
 * @param {HTMLElement} element
 */
function markup(element) {
  return element.outerHTML.replaceAll(/ ?htmx-[a-z]+/g, "").replaceAll(' class=""', "");
}
