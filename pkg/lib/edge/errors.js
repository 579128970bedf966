/** @import { EdgeErrorCode } from '../../edge.js' */
import { RefineError } from '../errors.js';

/** The HTTP status of each code. @type {Record<EdgeErrorCode, number>} */
const STATUS = {
  'invalid-argument': 400,
  'invalid-json': 400,
  'invalid-record': 400,
  'invalid-utf8': 400,
  unauthorized: 401,
  'not-found': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'too-many-lines': 413,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  internal: 500,
  integrity: 500,
  'invalid-model': 500,
  'memory-budget': 500,
  'not-ready': 500,
  worker: 500,
  unsupported: 501,
  aborted: 503,
  disposed: 503,
  network: 503,
  'out-of-memory': 503,
};

/** What a request is answered with when something is wrong with it. */
export class EdgeError extends Error {
  /**
   * @param {EdgeErrorCode} code
   * @param {string} message
   * @param {object} [more]
   * @param {Record<string, string>} [more.headers] of the response
   * @param {Record<string, number>} [more.details] numbers beside code and message
   */
  constructor(code, message, { headers = {}, details = {} } = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
    this.details = details;
  }

  get status() {
    return STATUS[this.code];
  }

  /** What the client sees of it. */
  toJSON() {
    return { code: this.code, message: this.message, ...this.details };
  }
}

/**
 * The same as an {@link EdgeError}; of errors that are no part of this package the client sees nothing.
 * @param {unknown} error
 * @returns {EdgeError}
 */
export function asEdgeError(error) {
  if (error instanceof EdgeError) return error;
  if (error instanceof RefineError) return new EdgeError(error.code, error.message);
  return new EdgeError('internal', 'something went wrong here');
}

/** Whether the service is to blame rather than the request. @param {unknown} error */
export function isOwnFault(error) {
  return asEdgeError(error).status >= 500 && !(error instanceof RefineError && error.code === 'aborted');
}
