/**
 * What the server says about a pair: a JSON script in the page. The next pair's page is fetched and read the
 * same way, so going on needs no reload and no second interface.
 *
 * @typedef {{left: string | null, right: string | null, top: string | null, bottom: string | null}} Letters
 * @typedef {import("./geometry.js").Frame & {orientation: Letters,
 *   window: import("./windowing.js").Window}} PairGeometry
 * @typedef {object} PairConfig
 * @property {string} reading
 * @property {Record<"state" | "scores" | "finish" | "opened" | "viewing" | "worklist" | "login", string>
 *   & {previous: string | null, next: string | null}} urls
 * @property {number} position
 * @property {number} total
 * @property {string} study_title
 * @property {string} image_label
 * @property {Record<"left" | "right", {token: string, slice_url: string}>} stacks
 * @property {PairGeometry} geometry
 * @property {import("./scoring.js").Protocol} protocol
 * @property {boolean} editable
 * @property {boolean} finished
 */

import { NeedsSignIn } from "./api.js";

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
 *   Rejects with NeedsSignIn where another page, the sign-in page, came back.
 */
export async function fetchPage(get, url, signal) {
  const response = await get(url, signal);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const config = configOf(page);
  if (!config) throw new NeedsSignIn("The page of the pair did not come back.");
  return { config, csrfToken: csrfTokenOf(page) };
}
