/** @import { Stop } from './stop.js' */

/** One piece of work after the other, in the order of asking: one document at a time in WebAssembly memory. */
export class Turns {
  #tail = Promise.resolve();

  /**
   * Runs `task` when its turn comes. Stopped work rejects at once and gives its turn to the next.
   * @template T
   * @param {() => Promise<T>} task
   * @param {Stop} stop
   * @returns {Promise<T>}
   */
  take(task, stop) {
    const turn = this.#tail.then(() => {
      stop.throwIfStopped();
      return task();
    });
    this.#tail = turn.then(ignore, ignore);
    return stop.guard(turn);
  }
}

function ignore() {}
