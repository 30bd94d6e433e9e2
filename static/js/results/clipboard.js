// Two flavours of the same thing on the clipboard.

/**
 * By the copy command, which takes the HTML as it is and works over plain HTTP. The clipboard's own interface comes
 * second: Chromium parses what it is given under the page's content security policy, which takes the styles away.
 *
 * @param {Document} page
 * @param {{html: string, text: string}} content
 * @returns {Promise<boolean>} whether it is there now
 */
export async function putOnClipboard(page, content) {
  return byCommand(page, content) || byInterface(page.defaultView, content);
}

/**
 * @param {Document} page
 * @param {{html: string, text: string}} content
 */
function byCommand(page, content) {
  let filled = false;
  const fill = (event) => {
    event.clipboardData.setData("text/html", content.html);
    event.clipboardData.setData("text/plain", content.text);
    event.preventDefault();
    filled = true;
  };
  page.addEventListener("copy", fill, { once: true });
  const done = page.execCommand("copy");
  page.removeEventListener("copy", fill);
  return done && filled;
}

/**
 * @param {Window} window
 * @param {{html: string, text: string}} content
 */
async function byInterface({ navigator, ClipboardItem, Blob }, content) {
  if (!navigator.clipboard || !ClipboardItem) return false;
  const flavour = (text, type) => new Blob([text], { type });
  try {
    await navigator.clipboard.write([
      new ClipboardItem({
        "text/html": flavour(content.html, "text/html"),
        "text/plain": flavour(content.text, "text/plain"),
      }),
    ]);
    return true;
  } catch {
    return false;
  }
}
