/** @import { RefineErrorCode } from '../index.js' */

/** Every code a {@link RefineError} can have. */
const CODES = new Set([
  'aborted',
  'disposed',
  'integrity',
  'invalid-argument',
  'invalid-model',
  'memory-budget',
  'network',
  'not-ready',
  'out-of-memory',
  'unsupported',
  'worker',
  'internal',
]);

/** What goes wrong in this package: a stable `code` for programs, a message with the numbers for people. */
export class RefineError extends Error {
  /**
   * @param {RefineErrorCode} code
   * @param {string} message
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    /** @readonly */
    this.code = code;
  }

  get name() {
    return 'RefineError';
  }
}

/**
 * The same error as a `RefineError`; what has no known code gets `fallback`.
 * @param {unknown} error
 * @param {RefineErrorCode} [fallback]
 * @returns {RefineError}
 */
export function asRefineError(error, fallback = 'internal') {
  if (error instanceof RefineError) return error;
  const { code, message } = /** @type {{ code?: unknown, message?: unknown }} */ (Object(error));
  const known = typeof code === 'string' && CODES.has(code);
  return new RefineError(
    known ? /** @type {RefineErrorCode} */ (code) : fallback,
    typeof message === 'string' ? message : String(error),
    { cause: error },
  );
}

/**
 * An error that can be posted to another thread; {@link asRefineError} reads it back.
 * @param {unknown} error
 * @returns {{ code: RefineErrorCode, message: string }}
 */
export function plainError(error) {
  const { code, message } = asRefineError(error);
  return { code, message };
}
