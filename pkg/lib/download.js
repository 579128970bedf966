/** @import { Download } from './platform.js' */
import { RefineError } from './errors.js';
import { checkStatus } from './fetch.js';

/**
 * @param {Response} response
 * @returns {Download}
 */
export function responseDownload(response) {
  const name = response.url || 'the response';
  checkStatus(response, name);
  if (!response.body || response.bodyUsed) {
    throw new RefineError('invalid-argument', `the body of ${name} is empty or was read before`);
  }
  // A packed body is counted as it arrives, and other origins hide whether it is packed.
  const packed = response.headers.has('content-encoding');
  const length = packed ? NaN : Number(response.headers.get('content-length') ?? NaN);
  const total = Number.isSafeInteger(length) && length >= 0 ? length : null;
  return { name, total, exact: response.type !== 'cors', chunks: streamChunks(response.body) };
}

/**
 * @param {Blob} blob
 * @returns {Download}
 */
export function blobDownload(blob) {
  return { name: 'the blob', total: blob.size, exact: true, chunks: streamChunks(blob.stream()) };
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {Download}
 */
export function streamDownload(stream) {
  return { name: 'the stream', total: null, exact: false, chunks: streamChunks(stream) };
}

/**
 * Not `stream[Symbol.asyncIterator]`, which Safari lacks.
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {AsyncIterator<Uint8Array, void>}
 */
function streamChunks(stream) {
  if (stream.locked) throw new RefineError('invalid-argument', 'the stream is being read by somebody else');
  const reader = stream.getReader();
  return {
    next: () => /** @type {Promise<IteratorResult<Uint8Array, void>>} */ (reader.read()),
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
