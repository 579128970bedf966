/** @import { Download } from './platform.js' */
import { responseDownload } from './download.js';
import { RefineError } from './errors.js';
import { fetchOk } from './fetch.js';

/** How long to wait before each further attempt, in ms. */
const WAITS = [300, 1000, 3000];
/** Statuses that say "not now". */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Fetches a URL. What passes by itself is tried again; where the connection breaks, the download goes on from there if the
 * server knows the file by a tag or date and gives out parts of it.
 * @param {URL | string} url
 * @param {AbortSignal} [signal]
 * @returns {Promise<Download>}
 */
export async function fetchDownload(url, signal) {
  const response = await fetchPatiently(url, signal);
  const download = responseDownload(response);
  const tag = response.headers.get('etag');
  // A weak tag does not promise the same bytes.
  const validator = tag && !tag.startsWith('W/') ? tag : response.headers.get('last-modified');
  const { total } = download;
  if (!validator || total === null || response.headers.has('content-encoding')) return download;
  return { ...download, chunks: resumed(url, validator, total, download, signal) };
}

/**
 * @param {URL | string} url
 * @param {AbortSignal} [signal]
 */
async function fetchPatiently(url, signal) {
  for (const wait of WAITS.slice(0, 2)) {
    const response = await fetchOk(url, signal).catch((/** @type {RefineError & { status?: number }} */ error) => {
      const passes = error.code === 'network' && (error.status === undefined || PASSING.has(error.status));
      if (!passes) throw error;
      return null;
    });
    if (response) return response;
    await sleep(wait, signal);
  }
  return fetchOk(url, signal);
}

/**
 * @param {URL | string} url
 * @param {string} validator
 * @param {number} total
 * @param {Download} first
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<Uint8Array, void, void>}
 */
async function* resumed(url, validator, total, first, signal) {
  let { chunks } = first;
  let loaded = 0;
  let attempt = 0;
  try {
    for (;;) {
      /** @type {unknown} */
      let failure = null;
      try {
        const { done, value } = await chunks.next();
        if (!done) {
          loaded += value.length;
          attempt = 0;
          yield value;
          continue;
        }
        if (loaded >= total) return;
      } catch (error) {
        failure = error;
      }
      if (signal?.aborted || attempt === WAITS.length) {
        if (failure) throw failure;
        return;
      }
      await sleep(WAITS[attempt++], signal);
      const next = await restOf(url, validator, loaded, total, signal);
      if (!next && failure) throw failure;
      if (!next) return;
      chunks = next;
    }
  } finally {
    Promise.resolve(chunks.return?.()).catch(() => {});
  }
}

/**
 * The bytes from `from` on; null where they cannot be had, so that what went wrong first stands.
 * @param {URL | string} url
 * @param {string} validator
 * @param {number} from
 * @param {number} total
 * @param {AbortSignal} [signal]
 */
async function restOf(url, validator, from, total, signal) {
  const headers = { Range: `bytes=${from}-`, 'If-Range': validator };
  const response = await fetch(url, { headers, signal }).catch(() => undefined);
  // Not there yet: an empty rest, after which the next attempt comes.
  if (!response || PASSING.has(response.status)) return nothing();
  const fits = response.status === 206 && response.headers.get('content-range') === `bytes ${from}-${total - 1}/${total}`;
  if (!fits) {
    await response.body?.cancel();
    return null;
  }
  return responseDownload(response).chunks;
}

/** @returns {AsyncGenerator<Uint8Array, void, void>} */
async function* nothing() {}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new RefineError('aborted', 'the work was aborted', { cause: signal?.reason }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
