/** @import { Download, Platform } from './platform.js' */
/** @import { Stop } from './stop.js' */
import { allocate, checkFits } from './budget.js';
import { badArgument } from './check.js';
import { blobDownload, responseDownload, streamDownload } from './download.js';
import { RefineError, asRefineError } from './errors.js';
import { isBlob, isBytes, isResponse, isStream, isUrl } from './kind.js';

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
 * @param {(loaded: number, total: number | null) => void} how.report
 * @returns {Promise<ModelBytes>}
 */
export async function readModel(source, platform, how) {
  if (isBytes(source)) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    checkFits(bytes.length, how.budget);
    return { bytes, owned: false, name: 'the bytes' };
  }
  const download = await how.stop.guard(open(source, platform, how.signal));
  try {
    return { bytes: await collect(download, how), owned: true, name: download.name };
  } catch (error) {
    // The source may hang, so nobody waits for it to hear of the end.
    Promise.resolve(download.chunks.return?.()).catch(() => {});
    throw error;
  }
}

/**
 * @param {unknown} source
 * @param {Platform} platform
 * @param {AbortSignal} [signal]
 * @returns {Promise<Download>}
 */
async function open(source, platform, signal) {
  if (isUrl(source)) return platform.openModel(source, signal);
  if (isResponse(source)) return responseDownload(source);
  if (isBlob(source)) return blobDownload(source);
  if (isStream(source)) return streamDownload(source);
  throw badArgument('model', 'a URL, Response, ReadableStream, Blob, ArrayBuffer or Uint8Array', source);
}

/**
 * @param {Download} download
 * @param {Parameters<typeof readModel>[2]} how
 * @returns {Promise<Uint8Array>}
 */
async function collect({ name, total, exact, chunks }, { stop, budget, report }) {
  checkFits(total ?? 0, budget);
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
