/** @import { Download, Platform } from './platform.js' */
import { blobDownload } from './download.js';
import { RefineError } from './errors.js';
import { checkHash, checkSha256 } from './sha256.js';

/**
 * A file that a model, or a part of one, comes from.
 *
 * @typedef {object} Part
 * @property {URL | string} url
 * @property {number | null} bytes
 * @property {string} [sha256]
 * @property {boolean} [asked] whether the caller gave the hash
 * @property {boolean} [kept] whether it came from the store
 */

/** A manifest is a list of files, not a model. */
const MOST_MANIFEST_BYTES = 2 ** 20;
const MOST_PARTS = 4096;

/** @param {URL | string} url */
export function isManifest(url) {
  return /\.json([?#]|$)/i.test(String(url));
}

/**
 * The files that a manifest lists, whose addresses are relative to its own.
 * @param {Uint8Array} manifest
 * @param {string} name of the manifest, which is its address
 * @returns {Part[]}
 */
export function partsOf(manifest, name) {
  /** @param {string} message */
  const refuse = (message) => new RefineError('invalid-model', `${name} is no manifest of a model: ${message}`);
  if (manifest.length > MOST_MANIFEST_BYTES) throw refuse(`it has ${manifest.length} bytes`);
  let files;
  try {
    files = JSON.parse(new TextDecoder().decode(manifest)).files;
  } catch (cause) {
    throw refuse(/** @type {Error} */ (cause).message);
  }
  if (!Array.isArray(files) || files.length === 0 || files.length > MOST_PARTS) throw refuse('it has no list "files"');
  return files.map((file, index) => {
    const { path, bytes, sha256 } = Object(file);
    if (typeof path !== 'string' || !Number.isSafeInteger(bytes) || bytes < 0) throw refuse(`files[${index}] has no path or bytes`);
    if (sha256 === undefined) throw refuse(`files[${index}] has no sha256`);
    const base = /^[a-z][a-z\d+.-]*:/i.test(name) ? name : `file://${name}`;
    return { url: new URL(path, base), bytes, sha256: checkSha256(sha256, `files[${index}].sha256`), asked: true };
  });
}

/**
 * The files one after the other; those in the store are not fetched.
 * @param {Part[]} parts
 * @param {Platform} platform
 * @param {AbortSignal} [signal]
 * @returns {Promise<Download>}
 */
export async function partsDownload(parts, platform, signal) {
  const [first] = parts;
  const opened = await openPart(first, platform, signal);
  if (parts.length === 1) return opened;
  const total = parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { name: `${parts.length} files from ${first.url}`, total, exact: true, chunks: chunksOf(parts, opened, platform, signal) };
}

/**
 * @param {Part[]} parts
 * @param {Download} first
 * @param {Platform} platform
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Uint8Array, void, void>}
 */
async function* chunksOf(parts, first, platform, signal) {
  for (const [index, part] of parts.entries()) {
    const { name, chunks } = index === 0 ? first : await openPart(part, platform, signal);
    let loaded = 0;
    try {
      for (;;) {
        const { done, value } = await chunks.next();
        if (done) break;
        loaded += value.length;
        if (loaded > Number(part.bytes)) break;
        yield value;
      }
    } finally {
      Promise.resolve(chunks.return?.()).catch(() => {});
    }
    if (loaded !== part.bytes) throw new RefineError('integrity', `${name} has ${loaded} bytes or more instead of ${part.bytes}`);
  }
}

/**
 * @param {Part} part
 * @param {Platform} platform
 * @param {AbortSignal} [signal]
 */
async function openPart(part, platform, signal) {
  const kept = part.sha256 && platform.store ? await platform.store.find(part.sha256) : null;
  part.kept = kept !== null;
  if (!kept) return platform.openModel(part.url, signal);
  return { ...blobDownload(await kept.blob()), name: String(part.url) };
}

/**
 * Compares each part with its SHA-256 and keeps those that were downloaded.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Part[]} parts
 * @param {Platform} platform
 */
export async function checkParts(bytes, parts, platform) {
  let at = 0;
  for (const { url, bytes: length, sha256, asked = false, kept } of parts) {
    const part = length === null ? bytes.subarray(at) : bytes.subarray(at, at + length);
    at += part.length;
    if (!sha256) continue;
    try {
      await checkHash(part, sha256, String(url), asked);
    } catch (error) {
      if (kept) await platform.store?.drop(sha256);
      throw error;
    }
    if (!kept) platform.store?.keep(sha256, part);
  }
}
