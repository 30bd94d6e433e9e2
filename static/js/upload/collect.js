// From a drop or a file chooser to a list of files with their paths.

/** @typedef {{file: File, path: string}} Found */

// Files that operating systems leave in folders; nobody means to send them.
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/**
 * @param {FileList} files
 * @returns {Found[]}
 */
export function fromChooser(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name })).filter(isMeant);
}

/**
 * Folders are walked through. The entries must be taken before the first await: the browser empties the drop after it.
 * @param {DataTransfer} drop
 * @returns {Promise<Found[]>}
 */
export async function fromDrop(drop) {
  const entries = [...drop.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return fromChooser(drop.files);
  const lists = await Promise.all(entries.map(walk));
  return lists.flat().filter(isMeant);
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<Found[]>}
 */
async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const found = [];
  for (const child of await children(entry)) found.push(...(await walk(child)));
  return found;
}

/**
 * A browser gives a folder in batches; an empty one is the end.
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<FileSystemEntry[]>}
 */
async function children(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return all;
    all.push(...batch);
  }
}

/** @param {Found} found */
function isMeant(found) {
  return !LITTER.has(found.file.name);
}
