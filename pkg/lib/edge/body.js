/** @import { Stop } from '../stop.js' */
import { EdgeError } from './errors.js';

/**
 * The chunks of a request's body, of `maxBytes` at most. Leaving the loop early cancels the body.
 * @param {Request} request
 * @param {number} maxBytes
 * @param {Stop} stop
 * @returns {AsyncGenerator<Uint8Array, void, void>}
 */
export async function* bodyChunks(request, maxBytes, stop) {
  checkLength(request, maxBytes);
  if (!request.body) return;
  const reader = request.body.getReader();
  let ended = false;
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await stop.guard(reader.read());
      if (done) break;
      bytes += value.length;
      if (bytes > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
      yield value;
    }
    ended = true;
  } finally {
    // The client may hang, so nobody waits for it to hear of the end.
    if (!ended) reader.cancel().catch(() => {});
  }
}

/**
 * Refuses a body by what it says of itself, before anything of it is read.
 * @param {Request} request
 * @param {number} maxBytes
 */
export function checkLength(request, maxBytes) {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > maxBytes) throw tooLarge(String(announced), maxBytes);
}

/**
 * All of a request's body.
 * @param {Request} request
 * @param {number} maxBytes
 * @param {Stop} stop
 * @returns {Promise<Uint8Array>}
 */
export async function wholeBody(request, maxBytes, stop) {
  /** @type {Uint8Array[]} */
  const parts = [];
  for await (const part of bodyChunks(request, maxBytes, stop)) parts.push(part);
  return joined(parts);
}

/**
 * @param {Uint8Array[]} parts
 * @returns {Uint8Array}
 */
export function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @param {string} found
 * @param {number} limit
 */
export function tooLarge(found, limit) {
  return new EdgeError('body-too-large', `the body has ${found} bytes, the limit is ${limit}`, { details: { limit } });
}
