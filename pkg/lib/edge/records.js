/** @import { Limits } from './options.js' */
/** @import { Lease } from './slots.js' */
import { bodyChunks, tooLarge } from './body.js';
import { EdgeError, asEdgeError } from './errors.js';
import { linesOf } from './lines.js';
import { decodeUtf8 } from './utf8.js';

/**
 * A JSON object from a request.
 * @param {Uint8Array} bytes
 * @returns {Record<string, unknown>}
 */
export function parseRecord(bytes) {
  const text = decodeUtf8(bytes);
  /** @type {unknown} */
  let record;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw new EdgeError('invalid-json', /** @type {Error} */ (error).message);
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new EdgeError('invalid-record', 'a record must be a JSON object');
  }
  return /** @type {Record<string, unknown>} */ (record);
}

/**
 * A member of a record that has to be a string.
 * @param {Record<string, unknown>} record
 * @param {string} name
 * @returns {string}
 */
export function stringMember(record, name) {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (typeof value !== 'string') throw new EdgeError('invalid-record', `the member ${name} must be a string`);
  return value;
}

/**
 * Whatever a record calls itself, null for nothing.
 * @param {Record<string, unknown>} record
 */
export function idOf(record) {
  return Object.hasOwn(record, 'id') ? record.id : null;
}

/**
 * Answers a stream of records, line by line and in order; a bad one gets an error in its place.
 * @param {Request} request
 * @param {Limits} limits
 * @param {Lease} lease
 * @param {(record: Record<string, unknown>) => Promise<object>} answer
 * @param {(error: unknown) => void} report
 * @returns {AsyncGenerator<string, void, void>}
 */
export async function* answerRecords(request, limits, lease, answer, report) {
  const { stop } = lease;
  const failure = (/** @type {unknown} */ id, /** @type {number} */ line, /** @type {unknown} */ error) => {
    stop.throwIfStopped();
    report(error);
    return `${JSON.stringify({ id, line, error: asEdgeError(error) })}\n`;
  };
  let last = 0;
  try {
    for await (const { number, bytes } of linesOf(bodyChunks(request, limits.maxStreamBytes, stop), limits.maxBodyBytes)) {
      last = number;
      lease.touch();
      if (bytes?.every(isBlank)) continue;
      /** @type {unknown} */
      let id = null;
      let done;
      try {
        if (!bytes) throw tooLarge('more than the limit of a line', limits.maxBodyBytes);
        const record = parseRecord(bytes);
        id = idOf(record);
        done = `${JSON.stringify({ id, ...(await answer(record)) })}\n`;
      } catch (error) {
        done = failure(id, number, error);
      }
      yield done;
    }
  } catch (error) {
    // Nothing of the stream can be read any more.
    yield failure(null, last + 1, error);
  }
}

/** @param {number} byte */
function isBlank(byte) {
  return byte === 32 || byte === 9 || byte === 13;
}
