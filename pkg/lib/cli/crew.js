/** @import { Line } from '../edge/lines.js' */
import { Worker } from 'node:worker_threads';

/**
 * How lines are to be refined.
 * @typedef {{ options: object, fields: string[] | null, model: string | undefined, maxBytes: number }} Orders
 */

/** What comes of a line, null for a blank one. @typedef {{ line: string, failed: boolean } | null} Answer */

/**
 * @typedef {object} Member
 * @property {Worker} worker
 * @property {Map<number, { resolve(answer: Answer): void, reject(error: Error): void }>} pending
 * @property {Error | null} died of what
 */

/** Threads that refine lines, each with a model of its own. */
export class Crew {
  #members;

  /**
   * @param {number} size
   * @param {Orders} orders
   */
  constructor(size, orders) {
    this.#members = Array.from({ length: size }, () => member(orders));
  }

  /**
   * Has a line refined by whoever has least to do.
   * @param {Line} line
   * @returns {Promise<Answer>}
   */
  answer(line) {
    const { worker, pending, died } = this.#members.reduce((a, b) => (b.pending.size < a.pending.size ? b : a));
    if (died) return Promise.reject(died);
    return new Promise((resolve, reject) => {
      pending.set(line.number, { resolve, reject });
      worker.postMessage({ ...line, bytes: line.bytes && line.bytes.slice() });
    });
  }

  async dismiss() {
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }
}

/**
 * @param {Orders} orders
 * @returns {Member}
 */
function member(orders) {
  const worker = new Worker(new URL('./crew_member.js', import.meta.url), { workerData: orders });
  /** @type {Member} */
  const made = { worker, pending: new Map(), died: null };
  worker.on('message', ({ number, answer }) => {
    made.pending.get(number)?.resolve(answer);
    made.pending.delete(number);
  });
  worker.on('error', (error) => {
    made.died = error;
    for (const { reject } of made.pending.values()) reject(error);
  });
  return made;
}
