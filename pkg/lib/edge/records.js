/** @import { Line } from './lines.js' */
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
 * What comes of a line: a record for the client, and where it is an error, what went wrong.
 * @typedef {{ record: object, error?: unknown }} Answered
 */

/**
 * Answers one line of a stream; null for a blank one.
 * @param {Line} line
 * @param {number} maxBytes of a line
 * @param {(record: Record<string, unknown>) => Promise<object>} answer
 * @returns {Promise<Answered | null>}
 */
export async function answerLine({ number, bytes }, maxBytes, answer) {
  if (bytes?.every(isBlank)) return null;
  /** @type {unknown} */
  let id = null;
  try {
    if (!bytes) throw tooLarge('more than the limit of a line', maxBytes);
    const record = parseRecord(bytes);
    id = idOf(record);
    return { record: { id, ...(await answer(record)) } };
  } catch (error) {
    return { record: failure(id, number, error), error };
  }
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
export async function* answerRecords(request, { maxBodyBytes, maxStreamBytes }, lease, answer, report) {
  const { stop } = lease;
  let last = 0;
  try {
    for await (const line of linesOf(bodyChunks(request, maxStreamBytes, stop), maxBodyBytes)) {
      last = line.number;
      lease.touch();
      const answered = await answerLine(line, maxBodyBytes, answer);
      stop.throwIfStopped();
      if (!answered) continue;
      if (answered.error !== undefined) report(answered.error);
      yield `${JSON.stringify(answered.record)}\n`;
    }
  } catch (error) {
    // Nothing of the stream can be read any more.
    stop.throwIfStopped();
    report(error);
    yield `${JSON.stringify(failure(null, last + 1, error))}\n`;
  }
}

/**
 * @param {unknown} id
 * @param {number} line
 * @param {unknown} error
 */
function failure(id, line, error) {
  return { id, line, error: asEdgeError(error) };
}

/** @param {number} byte */
function isBlank(byte) {
  return byte === 32 || byte === 9 || byte === 13;
}
