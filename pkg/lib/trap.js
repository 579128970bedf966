import { RefineError, asRefineError } from './errors.js';

/** Above this a trap is put down to the 4 GiB that WebAssembly memory can have. */
const NEARLY_FULL = 3 * 2 ** 30;

/** @type {RefineError | null} */
let trapped = null;

/** Refuses to go on with a WebAssembly instance that stopped in the middle of something. */
export function throwIfTrapped() {
  if (trapped) throw trapped;
}

/**
 * Runs something in WebAssembly; its errors come out as `RefineError`. A trap leaves the memory in an unknown state, so
 * every call after it fails with the same error.
 * @template T
 * @param {() => T} call
 * @param {() => WebAssembly.Memory} memory
 * @returns {T}
 */
export function guarded(call, memory) {
  throwIfTrapped();
  try {
    return call();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw asRefineError(error);
    const bytes = memory().buffer.byteLength;
    trapped = new RefineError(
      bytes > NEARLY_FULL ? 'out-of-memory' : 'internal',
      `WebAssembly stopped with "${error.message}" (${bytes} bytes of memory in use) and cannot go on`,
      { cause: error },
    );
    throw trapped;
  }
}

/** Whether the instance of this thread has stopped for good. */
export function isTrapped() {
  return trapped !== null;
}
