import { RefineError, asRefineError } from './errors.js';

/** Above this a trap is put down to the 4 GiB that WebAssembly memory can have. */
const NEARLY_FULL = 3 * 2 ** 30;

/** Watches over one WebAssembly instance. */
export class TrapGuard {
  /** @type {RefineError | null} */
  #trapped = null;

  /** Whether the instance has stopped for good. */
  get isTrapped() {
    return this.#trapped !== null;
  }

  /**
   * Runs something in WebAssembly; its errors come out as `RefineError`. A trap leaves the memory in an unknown state,
   * so every call after it fails with the same error.
   * @template T
   * @param {() => T} call
   * @param {WebAssembly.Memory} memory
   * @returns {T}
   */
  run(call, memory) {
    if (this.#trapped) throw this.#trapped;
    try {
      return call();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw asRefineError(error);
      const bytes = memory.buffer.byteLength;
      this.#trapped = new RefineError(
        bytes > NEARLY_FULL ? 'out-of-memory' : 'internal',
        `WebAssembly stopped with "${error.message}" (${bytes} bytes of memory in use) and cannot go on`,
        { cause: error },
      );
      throw this.#trapped;
    }
  }
}
