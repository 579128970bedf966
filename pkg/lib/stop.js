import { RefineError } from './errors.js';

/**
 * The one way in which work ends early: a user's abort, a dispose or the death of a worker, whichever comes first.
 * After that the work emits nothing more.
 */
export class Stop {
  /** Why the work stopped. @type {RefineError | null} */
  reason = null;
  /** @type {Set<(reason: RefineError) => void>} */
  #listeners = new Set();
  #release = () => {};

  /** @param {AbortSignal} [signal] stops the work with `aborted` */
  constructor(signal) {
    if (!signal) return;
    const abort = () => this.stop(new RefineError('aborted', 'the work was aborted', { cause: signal.reason }));
    if (signal.aborted) {
      abort();
    } else {
      signal.addEventListener('abort', abort, { once: true });
      this.#release = () => signal.removeEventListener('abort', abort);
    }
  }

  /** @param {RefineError} reason */
  stop(reason) {
    if (this.reason) return;
    this.reason = reason;
    for (const listener of this.#listeners) listener(reason);
    this.release();
  }

  throwIfStopped() {
    if (this.reason) throw this.reason;
  }

  /**
   * Calls `listener` when the work stops; returns a function that takes it off again.
   * @param {(reason: RefineError) => void} listener
   */
  onStop(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The outcome of `promise`, or the reason to stop if that comes first.
   * @template T
   * @param {PromiseLike<T>} promise
   * @returns {Promise<T>}
   */
  guard(promise) {
    return new Promise((resolve, reject) => {
      const off = this.onStop(reject);
      if (this.reason) reject(this.reason);
      Promise.resolve(promise).then(resolve, reject).finally(off);
    });
  }

  /** Lets go of the signal; to be called when the work is done. */
  release() {
    this.#listeners.clear();
    this.#release();
  }
}
