import { joined } from './body.js';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/**
 * A line of a body, without its end; `bytes` is null where there were more than allowed.
 * @typedef {{ number: number, bytes: Uint8Array | null }} Line
 */

/**
 * Splits a body at its newlines. Of a line that is too long nothing is kept.
 * @param {AsyncIterable<Uint8Array>} chunks
 * @param {number} maxLineBytes
 * @returns {AsyncGenerator<Line, void, void>}
 */
export async function* linesOf(chunks, maxLineBytes) {
  /** @type {Uint8Array[]} */
  let parts = [];
  let length = 0;
  let number = 1;
  const add = (/** @type {Uint8Array} */ part) => {
    length += part.length;
    if (length > maxLineBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  /** @returns {Line} */
  const line = () => {
    const bytes = length > maxLineBytes ? null : joined(parts);
    parts = [];
    length = 0;
    return { number: number++, bytes: bytes && withoutReturn(bytes) };
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
      add(chunk.subarray(start, end));
      yield line();
    }
    add(chunk.slice(start));
  }
  if (length > 0) yield line();
}

/** @param {Uint8Array} bytes */
function withoutReturn(bytes) {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
