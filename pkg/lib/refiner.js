/** @import { BackendInfo, RefineEvent, RefineOptions, RefineResult } from '../index.js' */
/** @import { Engine } from './engine.js' */
import { checkFunction, checkOptions, checkString } from './check.js';
import { RefineError } from './errors.js';
import { judgementOf } from './judgement.js';
import { checkSignal, refineOptions } from './refine_options.js';
import { Stop } from './stop.js';

/** Only this package's own loader makes refiners. */
const KEY = Symbol('prox-wasm');

/** A loaded model. Texts given to it at the same time are refined one after the other. */
export class LoadedRefiner {
  /** @type {Engine} */
  #engine;
  /** Refinements that are not settled. @type {Set<Stop>} */
  #running = new Set();
  #disposed = false;

  /**
   * @param {symbol} key
   * @param {Engine} engine
   */
  constructor(key, engine) {
    if (key !== KEY) throw new RefineError('invalid-argument', 'refiners are made by Refiner.load()');
    this.#engine = engine;
  }

  /** What runs the model now and why. @returns {BackendInfo} */
  get backend() {
    return this.#engine.backend;
  }

  /** The model's name and its bytes. */
  get model() {
    return this.#engine.model;
  }

  /**
   * Refines one text.
   * @param {string} text
   * @param {RefineOptions} [options]
   * @returns {Promise<RefineResult>}
   */
  async refine(text, options) {
    return this.#refine(text, options);
  }

  /**
   * The same text under other options, from the verdicts within its result: its lines are not read again.
   * @param {string} text
   * @param {RefineResult} result
   * @param {RefineOptions} [options]
   * @returns {Promise<RefineResult>}
   */
  async rethreshold(text, result, options) {
    return this.#refine(text, options, judgementOf(result));
  }

  /**
   * The tokens that the model reads of a line.
   * @param {string} line
   * @returns {Promise<string[]>}
   */
  async tokens(line) {
    checkString('line', line);
    if (this.#disposed) throw disposedError();
    return this.#engine.tokens(line, new Stop());
  }

  /**
   * What speaks for and against each line of a text.
   * @param {string} text
   * @returns {Promise<(import('../index.js').LineEvidence | null)[]>}
   */
  async explain(text) {
    checkString('text', text);
    if (this.#disposed) throw disposedError();
    return this.#engine.explain(text, new Stop());
  }

  /**
   * @param {string} text
   * @param {RefineOptions} [options]
   * @param {import('./judgement.js').Judgement} [judged]
   * @returns {Promise<RefineResult>}
   */
  async #refine(text, options, judged) {
    const { onEvent, signal, ...rest } = checkOptions(options);
    checkString('text', text);
    checkFunction('onEvent', onEvent);
    checkSignal(signal);
    const wanted = { ...refineOptions(rest, this.#engine.writesPrograms), ...(judged && { judged }) };
    if (this.#disposed) throw disposedError();

    const stop = new Stop(signal);
    /** @type {(event: RefineEvent) => void} */
    const emit = (event) => {
      if (!stop.reason) onEvent?.(event);
    };
    /** @type {{ error: unknown } | null} */
    let thrown = null;
    this.#running.add(stop);
    try {
      stop.throwIfStopped();
      const result = await this.#engine.refine(text, wanted, stop, (event) => {
        try {
          emit(event);
        } catch (error) {
          thrown = { error };
          stop.stop(new RefineError('aborted', 'onEvent threw an exception', { cause: error }));
        }
      });
      for (const edit of result.edits) emit({ type: 'edit', edit });
      emit({ type: 'done', result });
      stop.throwIfStopped();
      return result;
    } catch (error) {
      // What the caller's own function threw is the caller's to see.
      throw /** @type {{ error: unknown } | null} */ (thrown)?.error ?? error;
    } finally {
      this.#running.delete(stop);
      stop.release();
    }
  }

  /**
   * Refines one text; its events come as they happen, the last one holds the result.
   * @param {string} text
   * @param {RefineOptions} [options]
   * @returns {AsyncGenerator<RefineEvent, void, void>}
   */
  async *stream(text, options) {
    const { signal, onEvent } = checkOptions(options);
    checkFunction('onEvent', onEvent);
    checkSignal(signal);
    const own = new AbortController();
    const stop = new Stop(signal);
    stop.onStop(({ cause }) => own.abort(cause));
    if (stop.reason) throw stop.reason;

    /** @type {RefineEvent[]} */
    const events = [];
    let wake = () => {};
    let running = true;
    const work = this.refine(text, {
      ...options,
      signal: own.signal,
      onEvent(event) {
        events.push(event);
        wake();
        onEvent?.(event);
      },
    }).finally(() => {
      running = false;
      wake();
    });
    work.catch(() => {
      events.length = 0;
    });

    try {
      while (running || events.length > 0) {
        stop.throwIfStopped();
        const event = events.shift();
        if (event) yield event;
        else await new Promise((resolve) => (wake = () => resolve(undefined)));
      }
      stop.throwIfStopped();
      await work;
    } finally {
      stop.release();
      own.abort();
    }
  }

  /** Stops what is running, with `disposed`, and frees the model. */
  dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const stop of this.#running) stop.stop(disposedError());
    this.#engine.dispose();
  }

  static {
    if (Symbol.dispose) Object.defineProperty(this.prototype, Symbol.dispose, { value: this.prototype.dispose });
  }
}

function disposedError() {
  return new RefineError('disposed', 'the refiner was disposed of');
}

/**
 * @template {typeof LoadedRefiner} T
 * @param {T} Refiner
 * @param {Engine} engine
 */
export function makeRefiner(Refiner, engine) {
  return /** @type {InstanceType<T>} */ (new Refiner(KEY, engine));
}
