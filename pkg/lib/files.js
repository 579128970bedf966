import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { RefineError } from './errors.js';
import { fetchOk } from './fetch.js';

/**
 * A file's path; null for what has to be fetched.
 * @param {URL | string} place a URL, the text of one, or a path
 * @returns {string | null}
 */
export function pathOf(place) {
  const text = String(place);
  if (/^file:/i.test(text)) return fileURLToPath(text);
  // One letter is a drive of Windows.
  return /^[a-z][a-z\d+.-]+:/i.test(text) ? null : text;
}

/**
 * @param {URL} url of a file
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function readNow(url) {
  const path = fileURLToPath(url);
  try {
    return readFileSync(path);
  } catch (cause) {
    return unreadable(path, /** @type {Error} */ (cause));
  }
}

/**
 * @param {URL | string} place
 * @returns {Promise<Response | Uint8Array<ArrayBuffer>>}
 */
export async function openWasm(place) {
  const path = pathOf(place);
  if (path === null) return fetchOk(place);
  return readFile(path).catch((cause) => unreadable(path, cause));
}

/**
 * @param {string} path
 * @param {Error} cause
 * @returns {never}
 */
export function unreadable(path, cause) {
  throw new RefineError('network', `${path} could not be read: ${cause.message}`, { cause });
}
