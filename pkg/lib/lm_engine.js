/** @import { Engine } from './engine.js' */
/** @import { BackendInfo, StepEvent } from '../index.js' */
/** @import { ModelBytes } from './model_bytes.js' */
/** @import { Stop } from './stop.js' */
import { RefineError } from './errors.js';
import { large, startLarge } from './large.js';
import { release, runSteps } from './steps.js';
import { Turns } from './turns.js';

/** Refines with language models that write programs, on the CPU, in this thread. @implements {Engine} */
export class LmEngine {
  #model;
  #turns = new Turns();
  writesPrograms = true;

  /**
   * @param {any} model the Rust side's `TextModel`
   * @param {BackendInfo} backend why it runs here
   */
  constructor(model, backend) {
    this.#model = model;
    this.backend = Object.freeze(backend);
    this.model = Object.freeze({ name: model.name, bytes: model.bytes });
  }

  /**
   * @param {ModelBytes[]} models
   * @param {WebAssembly.Module} module
   * @param {BackendInfo} backend
   * @param {Stop} stop
   */
  static async open(models, module, backend, stop) {
    await stop.guard(startLarge(module));
    const model = large.run(({ TextModel }) => new TextModel());
    try {
      for (const { bytes, stage } of models) large.run(() => model.add(bytes, stage));
      return new LmEngine(model, backend);
    } catch (error) {
      release(large, model);
      throw error;
    }
  }

  /** Whether its WebAssembly has stopped for good. */
  get isTrapped() {
    return large.isTrapped;
  }

  /**
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @param {(event: StepEvent) => void} onStep
   */
  refine(text, options, stop, onStep) {
    if ('judged' in options) {
      const why = 'rethreshold() is for models with a verdict a line; undo() takes back single edits of this one';
      return Promise.reject(new RefineError('unsupported', why));
    }
    return this.#turns.take(() => runSteps(large, this.#model, text, options, stop, onStep), stop);
  }

  /** @param {string} line */
  async tokens(line) {
    return large.run(() => this.#model.tokens(line));
  }

  /** @returns {Promise<never>} */
  async explain() {
    throw new RefineError('unsupported', 'explain() is for models with a verdict a line; this one writes programs');
  }

  /** Lets go of the models; sessions that are still being stopped keep them until then. */
  dispose() {
    release(large, this.#model);
  }
}
