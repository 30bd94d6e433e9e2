// HTTP of the figure page. A refusal of the server is an Error in its own words.

const token = () => document.querySelector("meta[name=csrf-token]").content;

/** @param {string} url @param {object} body @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function post(url, body, signal) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
    signal,
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : {};
  if (!response.ok) throw new Error(answer.message ?? "The server does not answer as it should. Load the page again.");
  return answer;
}

/** Calls `ask` once the last call is `delay` ms old; an earlier request that is still on its way is given up. */
export function latest(ask, delay) {
  let timer = 0;
  let controller = new AbortController();
  return (...args) => {
    clearTimeout(timer);
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    timer = setTimeout(() => ask(signal, ...args), delay);
  };
}
