/**
 * What the server says about a pair: a JSON script in the page. The next pair's page is fetched and read the
 * same way, so going on needs no reload and no second interface.
 *
 * @typedef {{left: string | null, right: string | null, top: string | null, bottom: string | null}} Letters
 * @typedef {import("./geometry.js").Frame & {orientation: Letters,
 *   window: import("./windowing.js").Window}} PairGeometry
 * @typedef {object} PairConfig
 * @property {string} reading
 * @property {Record<"state" | "scores" | "finish" | "opened" | "viewing" | "worklist" | "review" | "login" | "again", string>
 *   & {previous: string | null, next: string | null}} urls
 * @property {string} reader the sign-in name of whose pair it is
 * @property {number} position
 * @property {number} total
 * @property {string} study_title
 * @property {string} image_label
 * @property {Record<"left" | "right", {token: string, slice_url: string}>} stacks
 * @property {PairGeometry} geometry
 * @property {import("./scoring.js").Protocol} protocol
 * @property {import("./ownkeys.js").OwnKeys} keys that this reader chose
 * @property {{handling: string, tasks: [string, boolean][]}} [training] of a pair that counts for nothing
 * @property {boolean} editable
 * @property {boolean} finished
 * @property {number | null} opens_for_s for how long the pair may be opened without asking again; null: for ever
 */

import { NeedsSignIn, Paused } from "./api.js";

/** @param {Document} page @returns {PairConfig | null} null where the page is no reading page */
export function configOf(page) {
  const script = page.getElementById("reading-config");
  return script ? JSON.parse(script.textContent) : null;
}

/** @param {Document} page @returns {string} */
export function csrfTokenOf(page) {
  return page.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/**
 * @param {(url: string, signal?: AbortSignal) => Promise<Response>} get @param {string} url
 * @param {AbortSignal} [signal] @returns {Promise<{config: PairConfig, csrfToken: string}>}
 *   Rejects with Paused where reading has to wait, NeedsSignIn where another page, the sign-in page, came back.
 */
export async function fetchPage(get, url, signal) {
  const page = await pageAt(get, url, signal);
  const config = configOf(page);
  if (isPause(page)) throw new Paused("The next pair waits for a pause to pass.");
  if (!config) throw new NeedsSignIn("The page of the pair did not come back.");
  return { config, csrfToken: csrfTokenOf(page) };
}

/** @param {Document} page @returns {boolean} */
const isPause = (page) => Boolean(page.querySelector("[data-reading-pause]"));

async function pageAt(get, url, signal) {
  const response = await get(url, signal);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/**
 * A fresh token for saving, also while a pause keeps further pairs closed.
 *
 * @param {(url: string, signal?: AbortSignal) => Promise<Response>} get @param {string} url
 * @returns {Promise<string>} Rejects with NeedsSignIn where the sign-in page came back.
 */
export async function fetchToken(get, url) {
  const page = await pageAt(get, url);
  if (!configOf(page) && !isPause(page)) throw new NeedsSignIn("The page of the pair did not come back.");
  return csrfTokenOf(page);
}
