/** @import { ModelInfo, ModelSource, RefineResult, StepEvent } from '../../index.js' */
/** @import { Stop } from '../stop.js' */
/** @import { Exports } from './instance.js' */
import { responseDownload } from '../download.js';
import { RefineError } from '../errors.js';
import { fetchOk } from '../fetch.js';
import { htmlOver } from '../html.js';
import { languageOver } from '../language.js';
import { readModel } from '../model_bytes.js';
import { Instance, InstanceGone } from './instance.js';
import { pause, sleep } from './pause.js';

/** A load that nothing was heard of for so long belongs to a request that the runtime has dropped. */
const STALLED_MS = 10_000;
const POLL_MS = 10;
/** How often a document is begun again because another one took the instance down. */
const RESTARTS = 3;

/**
 * The model, in an instance that is replaced when it traps or has grown too large.
 *
 * Nothing here waits for a promise of another request: edge runtimes tie promises to their requests, and one whose client
 * is gone may never settle.
 */
export class EdgeEngine {
  /** Documents refined. */
  documents = 0;
  /** Instances made after the first. */
  restarts = -1;
  /** @type {ModelInfo | null} */
  model = null;
  #module;
  #source;
  #memoryBudget;
  #maxInstanceBytes;
  /** @type {Instance | null} */
  #instance = null;
  /** @type {{ touched: number } | null} */
  #loading = null;
  #sessions = 0;

  /**
   * @param {object} options
   * @param {WebAssembly.Module} options.module
   * @param {ModelSource | (() => ModelSource | Promise<ModelSource>) | undefined} options.source
   * @param {number | undefined} options.memoryBudget
   * @param {number} options.maxInstanceBytes
   */
  constructor({ module, source, memoryBudget, maxInstanceBytes }) {
    this.#module = module;
    this.#source = source;
    this.#memoryBudget = memoryBudget;
    this.#maxInstanceBytes = maxInstanceBytes;
    /**
     * @template R
     * @param {(exports: Exports) => R} call
     */
    const inWasm = (call) => this.#ready().run(call);
    this.execute = languageOver(inWasm).execute;
    this.htmlToText = htmlOver(inWasm).htmlToText;
  }

  /** Bytes of WebAssembly memory. */
  get bytes() {
    return this.#instance?.bytes ?? 0;
  }

  /**
   * Refines a text: yields the model's steps and returns the result.
   * @param {string} text
   * @param {object} options as the Rust side takes them
   * @param {Stop} stop
   * @returns {AsyncGenerator<StepEvent, RefineResult, void>}
   */
  async *refine(text, options, stop) {
    let told = 0;
    for (let attempt = 0; ; attempt++) {
      const steps = this.#run(await this.load(stop), text, options, stop);
      try {
        let step = 0;
        for (;;) {
          const { done, value } = await steps.next();
          if (done) return value;
          // The same text gives the same steps again.
          if (step++ === told) {
            told++;
            yield value;
          }
        }
      } catch (error) {
        if (!(error instanceof InstanceGone)) throw error;
        if (attempt === RESTARTS)
          throw new RefineError('internal', 'other documents stopped WebAssembly again and again');
      } finally {
        await steps.return(/** @type {any} */ (undefined));
      }
    }
  }

  /**
   * @param {Instance} instance
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @returns {AsyncGenerator<StepEvent, RefineResult, void>}
   */
  async *#run(instance, text, options, stop) {
    stop.throwIfStopped();
    const { model } = instance;
    const session = instance.run(() => /** @type {NonNullable<typeof model>} */ (model).start(text, options));
    this.#sessions++;
    let open = true;
    /** Also where this function is never continued. @param {boolean} free */
    const close = (free) => {
      if (!open) return;
      open = false;
      this.#sessions--;
      if (free) instance.release(session);
      this.#shrink(instance);
    };
    const off = stop.onStop(() => close(true));
    try {
      for (;;) {
        await pause();
        stop.throwIfStopped();
        const event = instance.run(() => session.step());
        if (event === undefined) break;
        yield event;
      }
      stop.throwIfStopped();
      const result = instance.run(() => session.finish());
      close(false);
      this.documents++;
      return result;
    } finally {
      off();
      close(true);
    }
  }

  /**
   * The instance with the model in it. One request reads the model, the others look from time to time whether it is there.
   * @param {Stop} stop
   * @returns {Promise<Instance>}
   */
  async load(stop) {
    for (;;) {
      stop.throwIfStopped();
      const instance = this.#ready();
      if (instance.model) return instance;
      const now = Date.now();
      if (!this.#loading || now - this.#loading.touched > STALLED_MS) await this.#read(stop);
      else await stop.guard(sleep(POLL_MS));
    }
  }

  /** @param {Stop} stop */
  async #read(stop) {
    const mine = { touched: Date.now() };
    this.#loading = mine;
    const done = () => {
      if (this.#loading === mine) this.#loading = null;
    };
    const off = stop.onStop(done);
    try {
      const source = this.#source;
      if (source === undefined) throw new RefineError('unsupported', 'this service has no model');
      const { bytes } = await readModel(
        typeof source === 'function' ? await stop.guard(Promise.resolve(source())) : source,
        /** @type {any} */ ({ openModel: async (/** @type {URL | string} */ url) => responseDownload(await fetchOk(url)) }),
        { stop, budget: this.#memoryBudget, report: () => (mine.touched = Date.now()) },
      );
      const instance = this.#ready();
      if (instance.model) return;
      instance.model = instance.run(({ LineModel }) => new LineModel(bytes));
      this.model = Object.freeze({ name: instance.model.name, bytes: instance.model.bytes });
    } finally {
      off();
      done();
    }
  }

  /** An instance that works. */
  #ready() {
    if (!this.#instance || this.#instance.isTrapped) {
      this.#instance = new Instance(this.#module);
      this.restarts++;
    }
    return this.#instance;
  }

  /** Memory never shrinks, so an instance that has grown too large makes room for a new one. @param {Instance} instance */
  #shrink(instance) {
    const isTooLarge = instance.bytes > this.#maxInstanceBytes;
    if (isTooLarge && this.#sessions === 0 && this.#instance === instance) this.#instance = null;
  }
}
