// Two flavours of the same thing on the clipboard.

/**
 * By the clipboard's own interface; over plain HTTP, where browsers have none, by the copy command.
 *
 * @param {Document} page
 * @param {{html: string, text: string}} content
 * @returns {Promise<boolean>} whether it is there now
 */
export async function putOnClipboard(page, content) {
  const { navigator, ClipboardItem, Blob } = page.defaultView;
  if (!navigator.clipboard || !ClipboardItem) return byCommand(page, content);
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
    return byCommand(page, content);
  }
}

/**
 * @param {Document} page
 * @param {{html: string, text: string}} content
 */
function byCommand(page, content) {
  const fill = (event) => {
    event.clipboardData.setData("text/html", content.html);
    event.clipboardData.setData("text/plain", content.text);
    event.preventDefault();
  };
  page.addEventListener("copy", fill, { once: true });
  const done = page.execCommand("copy");
  page.removeEventListener("copy", fill);
  return done;
}
