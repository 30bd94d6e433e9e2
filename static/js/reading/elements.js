/** Making elements. */

/**
 * @param {string} tag @param {string} className @param {(string | Node)[]} children @returns {HTMLElement}
 */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}
