/** @import { Engine } from './engine.js' */
/** @import { BackendInfo, StepEvent } from '../index.js' */
/** @import { Report } from './engines.js' */
/** @import { Adapter, GpuRequest } from './gpu.js' */
/** @import { ModelBytes } from './model_bytes.js' */
/** @import { Stop } from './stop.js' */
import { RefineError } from './errors.js';
import { onAdapter } from './gpu.js';
import { finished, wholeSteps } from './gpu_task.js';
import { large, startLarge } from './large.js';
import { release, runSteps } from './steps.js';
import { Turns } from './turns.js';

/** Refines with language models that write programs, on CPU or GPU, in this thread. @implements {Engine} */
export class LmEngine {
  #model;
  #adapter;
  #turns = new Turns();
  #disposed = false;
  writesPrograms = true;
  /** @type {BackendInfo} */
  backend;

  /**
   * @param {any} model the Rust side's `TextModel`
   * @param {BackendInfo} backend why it runs on the CPU, if no GPU was tried
   * @param {Adapter} [adapter] that was tried
   */
  constructor(model, backend, adapter) {
    this.#model = model;
    this.#adapter = adapter;
    this.backend = Object.freeze(backend);
    this.model = Object.freeze({ name: model.name, bytes: model.bytes });
    this.#look();
  }

  /**
   * @param {ModelBytes[]} models
   * @param {{ module: WebAssembly.Module, budget?: number }} memory what runs them, and how many bytes of memory they may take in it
   * @param {BackendInfo} backend
   * @param {GpuRequest | null} gpu
   * @param {Stop} stop
   * @param {Report} report
   */
  static async open(models, { module, budget }, backend, gpu, stop, report) {
    await stop.guard(startLarge(module));
    /** @type {any} */
    let model = large.run(({ TextModel }) => new TextModel());
    try {
      for (const { bytes, stage } of models) large.run(() => model.add(bytes, stage, gpu !== null, budget));
      if (gpu) {
        const { adapter, demanded } = gpu;
        const given = model;
        // it belongs to the task, which frees it
        model = null;
        const task = large.run(() => given.onGpu({ adapter: adapter.name, software: adapter.software, demanded }, report));
        model = await finished(large, task, stop);
      }
      return new LmEngine(model, backend, gpu?.adapter);
    } catch (error) {
      if (model) release(large, model);
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
    return this.#turns.take(() => this.#refine(text, options, stop, onStep), stop);
  }

  /**
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @param {(event: StepEvent) => void} onStep
   */
  async #refine(text, options, stop, onStep) {
    try {
      return await runSteps(large, this.#model, text, options, stop, onStep, wholeSteps(large));
    } finally {
      if (!this.#disposed && !large.isTrapped) this.#look();
    }
  }

  /** Sees where the models run now. */
  #look() {
    const adapter = this.#adapter;
    if (adapter) this.backend = onAdapter(large.run(() => this.#model.standing), adapter);
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
    this.#disposed = true;
    release(large, this.#model);
  }
}
