/** @import { Engine } from './engine.js' */
/** @import { Reply, Request } from './protocol.js' */
/** @import { BackendInfo, ModelInfo, StepEvent } from '../index.js' */
/** @import { Report } from './engines.js' */
/** @import { Plan } from './gpu.js' */
/** @import { ModelBytes } from './model_bytes.js' */
import { RefineError, asRefineError } from './errors.js';
import { Stop } from './stop.js';

/**
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(error: RefineError) => void} reject
 * @property {(event: any) => void} onStep
 */

/** Refines in a worker. @implements {Engine} */
export class WorkerEngine {
  /** @type {ModelInfo} */
  model = { name: '', bytes: 0 };
  /** @type {BackendInfo} */
  backend = { kind: 'cpu', reason: '' };
  writesPrograms = false;
  #worker;
  #nextId = 1;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** Why nothing more comes from the worker. @type {RefineError | null} */
  #dead = null;

  /** @param {Worker} worker that runs `worker.js` */
  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onmessageerror = () => this.#die(new RefineError('worker', 'a message of the worker could not be read'));
    worker.onerror = (event) => {
      event.preventDefault();
      const what = event.message ? `died: ${event.message}` : 'could not be loaded or died';
      this.#die(new RefineError('worker', `the worker ${what}`, { cause: event.error }));
    };
  }

  /**
   * Hands the models over; an owned buffer moves, another is copied.
   * @param {WebAssembly.Module} module
   * @param {ModelBytes[]} models
   * @param {Plan} plan
   * @param {Stop} stop
   * @param {Report} report
   */
  async load(module, models, plan, stop, report) {
    const transfer = models.filter(({ owned }) => owned).map(({ bytes }) => /** @type {ArrayBuffer} */ (bytes.buffer));
    /** @param {Parameters<Report>} progress */
    const tell = (progress) => {
      try {
        report(...progress);
      } catch (error) {
        stop.stop(asRefineError(error));
      }
    };
    this.writesPrograms = plan.programs !== undefined;
    this.model = Object.freeze(await this.#ask({ type: 'load', module, models, plan }, stop, tell, transfer));
  }

  /**
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @param {(event: StepEvent) => void} onStep
   */
  refine(text, options, stop, onStep) {
    return this.#ask({ type: 'refine', text, options }, stop, onStep);
  }

  /** @param {string} line @param {Stop} stop */
  tokens(line, stop) {
    return this.#ask({ type: 'tokens', line }, stop, () => {});
  }

  /** @param {string} text @param {Stop} stop */
  explain(text, stop) {
    return this.#ask({ type: 'explain', text }, stop, () => {});
  }

  dispose() {
    this.#die(new RefineError('disposed', 'the refiner was disposed of'));
  }

  /**
   * @param {object} request a {@link Request} but for its id
   * @param {Stop} stop
   * @param {(event: any) => void} onStep
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  #ask(request, stop, onStep, transfer = []) {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onStep });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
    const off = stop.onStop(() => {
      if (this.#pending.delete(id) && !this.#dead) this.#worker.postMessage({ id, type: 'stop' });
    });
    return stop.guard(answer).finally(off);
  }

  /** @param {Reply} reply */
  #hear(reply) {
    const pending = this.#pending.get(reply.id);
    const error = reply.type === 'error' ? asRefineError(reply.error) : null;
    if (reply.type === 'event') {
      pending?.onStep(reply.event);
      return;
    }
    this.#pending.delete(reply.id);
    if (reply.type === 'done' && reply.backend) this.backend = Object.freeze(reply.backend);
    if (reply.type === 'done') pending?.resolve(reply.value);
    else if (error) pending?.reject(error);
    if (reply.type === 'error' && reply.fatal) {
      this.#die(new RefineError('worker', `the worker cannot go on: ${reply.error.message}`));
    }
  }

  /** @param {RefineError} reason */
  #die(reason) {
    if (this.#dead) return;
    this.#dead = reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}
