// What a page asks for on a timer says so: nobody need be there, and the session does not go on for ever by it.

/** @param {Document} page */
export function markTimed(page) {
  page.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.getAttribute("hx-trigger")?.startsWith("every ")) detail.headers["X-Asked-By-Page"] = "1";
  });
}
