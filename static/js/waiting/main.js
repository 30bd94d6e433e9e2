// On every page but the reading station: answers that still wait in this browser are sent, told of, and asked about
// before the reader signs out.

import { Api } from "../reading/api.js";
import { Autosave } from "../reading/autosave.js";
import { csrfTokenOf } from "../reading/config.js";
import { newKey, openStore } from "../reading/queuestore.js";
import { serverClock } from "../reading/serverclock.js";
import { WORDS, asked, told } from "./words.js";

const PATIENCE_MS = 2000;
const form = document.querySelector("form[data-sign-out]");
if (form) await lookAfter(form);

/** @param {HTMLFormElement} signOut */
async function lookAfter(signOut) {
  const store = await openStore(signOut.dataset.reader);
  const dialog = document.querySelector("dialog[data-waiting]");
  const line = document.querySelector("[data-waiting-line]");
  const autosave = senderOf(store, async (status) => {
    const records = await store.all();
    if (records.length) show(line, told(records, status.kind));
    else if (!line.hidden) show(line, WORDS.sent);
  });
  signOut.addEventListener("submit", (event) => askFirst(event, dialog, autosave));
  addEventListener("online", () => autosave.resume());
  await autosave.send();
}

/** @param {HTMLElement} line @param {string} text */
function show(line, text) {
  line.textContent = text;
  line.hidden = false;
}

/** A pair that was finished elsewhere wants a reason: that is asked on its own page, and until then it waits. */
function senderOf(store, onStatus) {
  const { pathname } = location;
  const fresh = async () => {
    const text = await (await Api.get(pathname)).text();
    return csrfTokenOf(new DOMParser().parseFromString(text, "text/html"));
  };
  const api = new Api(csrfTokenOf(document), fresh);
  return new Autosave({
    store,
    newKey,
    onStatus,
    clock: serverClock,
    post: (url, body) => api.post(url, body),
    onConflict: () => {},
    onRefused: (record, error) => show(document.querySelector("[data-waiting-line]"), `${record.label}: ${error.message}`),
    onSuperseded: () => {},
    askReason: () => new Promise(() => {}),
  });
}

/** @param {SubmitEvent} event @param {HTMLDialogElement} dialog @param {Autosave} autosave */
async function askFirst(event, dialog, autosave) {
  const signOut = event.target;
  event.preventDefault();
  // Nothing is asked that can be settled now; but nobody is kept by a server that does not answer.
  await Promise.race([autosave.send(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  const records = await autosave.parts.store.all();
  if (!records.length) return signOut.submit();
  const { count, pairs } = asked(records);
  dialog.querySelector("[data-count]").textContent = count;
  dialog.querySelector("[data-pairs]").replaceChildren(...pairs.map(item));
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "out" && signOut.submit(), { once: true });
  dialog.showModal();
}

/** @param {string} text @returns {HTMLLIElement} */
function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}
