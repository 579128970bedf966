/** @import { Part } from './parts.js' */
/** @import { Download, Platform } from './platform.js' */
/** @import { Stop } from './stop.js' */
import { allocate, checkFits } from './budget.js';
import { badArgument } from './check.js';
import { blobDownload, responseDownload, streamDownload } from './download.js';
import { RefineError, asRefineError } from './errors.js';
import { isBlob, isBytes, isResponse, isStream, isUrl } from './kind.js';
import { checkParts, isManifest, partsDownload, partsOf } from './parts.js';
import { checkHash } from './sha256.js';

/**
 * A model's bytes. They are `owned` where nobody else has them, so that they may be handed to another thread.
 * `stage` is what a language model is asked for, where the caller said so.
 * @typedef {{ bytes: Uint8Array, owned: boolean, name: string, stage?: 'document' | 'chunk' }} ModelBytes
 */

/**
 * Reads a model from whatever `Refiner.load` takes.
 * @param {unknown} source
 * @param {Platform} platform
 * @param {object} how
 * @param {Stop} how.stop
 * @param {AbortSignal} [how.signal]
 * @param {number} [how.budget]
 * @param {string} [how.sha256] of what a URL, or whatever else, gives
 * @param {boolean} [how.asked] whether the caller gave it
 * @param {(loaded: number, total: number | null) => void} how.report
 * @returns {Promise<ModelBytes>}
 */
export async function readModel(source, platform, how) {
  if (isBytes(source)) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    checkFits(bytes.length, how.budget);
    if (how.sha256) await how.stop.guard(checkHash(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), how.sha256, 'the model', true));
    return { bytes, owned: false, name: 'the bytes' };
  }
  /** @type {Part[]} */
  const parts = isUrl(source) ? await how.stop.guard(filesOf(source, platform, how)) : [];
  const download = await how.stop.guard(parts.length > 0 ? partsDownload(parts, platform, how.signal) : open(source));
  try {
    const bytes = await collect(download, how);
    if (parts.length > 0) await how.stop.guard(checkParts(bytes, parts, platform));
    else if (how.sha256) await how.stop.guard(checkHash(bytes, how.sha256, download.name, true));
    return { bytes, owned: true, name: download.name };
  } catch (error) {
    // The source may hang, so nobody waits for it to hear of the end.
    Promise.resolve(download.chunks.return?.()).catch(() => {});
    throw error;
  }
}

/**
 * The files behind an address: one, or those of a manifest.
 * @param {URL | string} url
 * @param {Platform} platform
 * @param {Parameters<typeof readModel>[2]} how
 * @returns {Promise<Part[]>}
 */
async function filesOf(url, platform, { stop, signal, sha256, asked }) {
  if (!isManifest(url)) return [{ url, bytes: null, sha256, asked }];
  const download = await platform.openModel(url, signal);
  const bytes = await collect(download, { stop, report: () => {} });
  if (sha256) await checkHash(bytes, sha256, download.name, true);
  return partsOf(bytes, download.name);
}

/**
 * @param {unknown} source
 * @returns {Promise<Download>}
 */
async function open(source) {
  if (isResponse(source)) return responseDownload(source);
  if (isBlob(source)) return blobDownload(source);
  if (isStream(source)) return streamDownload(source);
  throw badArgument('model', 'a URL, Response, ReadableStream, Blob, ArrayBuffer or Uint8Array', source);
}

/**
 * @param {Download} download
 * @param {Parameters<typeof readModel>[2]} how
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function collect({ name, total, exact, chunks }, { stop, budget, report }) {
  checkFits(total ?? 0, budget);
  /** @type {Uint8Array<ArrayBuffer> | null} */
  let whole = total === null ? null : allocate(total);
  /** @type {Uint8Array[]} */
  const parts = [];
  let loaded = 0;
  report(0, total);
  for (;;) {
    const { done, value } = await stop.guard(next(chunks, name));
    if (done) break;
    if (!ArrayBuffer.isView(value)) throw badArgument(`what ${name} yields`, 'a Uint8Array', value);
    const wanted = loaded + value.length;
    if (whole && wanted > whole.length) {
      // More than announced, as from another origin that hides how the body is packed.
      parts.push(whole.subarray(0, loaded));
      whole = total = null;
    }
    if (whole) {
      whole.set(value, loaded);
    } else {
      checkFits(wanted, budget);
      parts.push(value);
    }
    loaded = wanted;
    report(loaded, total);
  }
  if (exact && total !== null && loaded < total) {
    throw new RefineError('network', `${name} ended after ${loaded} of ${total} bytes`);
  }
  if (total !== loaded) report(loaded, loaded);
  return whole ? whole.subarray(0, loaded) : joined(parts, loaded);
}

/**
 * @param {Download['chunks']} chunks
 * @param {string} name
 */
async function next(chunks, name) {
  try {
    return await chunks.next();
  } catch (cause) {
    if (cause instanceof RefineError) throw cause;
    throw new RefineError('network', `${name} could not be read: ${asRefineError(cause).message}`, { cause });
  }
}

/**
 * @param {Uint8Array[]} parts
 * @param {number} length
 */
function joined(parts, length) {
  const bytes = allocate(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
