import { RefineError } from '../errors.js';
import { Stop } from '../stop.js';
import { EdgeError } from './errors.js';

/**
 * Places for requests at work. Some runtimes let go of a request whose client went away without a word, so a place whose
 * request has shown no sign of life for long is given to the next that comes.
 */
export class Slots {
  #capacity;
  #idleMs;
  #retryAfter;
  /** @type {Set<Lease>} */
  #leases = new Set();

  /**
   * @param {number} capacity
   * @param {number} idleMs
   * @param {number} retryAfter seconds
   */
  constructor(capacity, idleMs, retryAfter) {
    this.#capacity = capacity;
    this.#idleMs = idleMs;
    this.#retryAfter = retryAfter;
  }

  get busy() {
    return this.#leases.size;
  }

  get capacity() {
    return this.#capacity;
  }

  /**
   * @param {AbortSignal} [signal] of the request
   * @returns {Lease}
   */
  take(signal) {
    if (this.#leases.size >= this.#capacity) this.#reclaim();
    if (this.#leases.size >= this.#capacity) {
      throw new EdgeError('too-many-requests', `${this.#capacity} requests are at work, which is all that may`, {
        headers: { 'Retry-After': String(this.#retryAfter) },
        details: { limit: this.#capacity },
      });
    }
    const lease = new Lease(signal, () => this.#leases.delete(lease));
    if (!lease.stop.reason) this.#leases.add(lease);
    return lease;
  }

  #reclaim() {
    const before = Date.now() - this.#idleMs;
    for (const lease of this.#leases) if (lease.touched < before) lease.stop.stop(forgotten());
  }
}

/** A request's place. It ends with `release`, or when the request's `stop` comes first. */
export class Lease {
  touched = Date.now();
  #leave;

  /**
   * @param {AbortSignal | undefined} signal
   * @param {() => void} leave
   */
  constructor(signal, leave) {
    this.stop = new Stop(signal);
    this.#leave = leave;
    this.stop.onStop(leave);
  }

  /** Says that the request is alive. */
  touch() {
    this.touched = Date.now();
  }

  release() {
    this.#leave();
    this.stop.release();
  }
}

function forgotten() {
  return new RefineError('aborted', 'the request made no progress for long, and its place was needed');
}
