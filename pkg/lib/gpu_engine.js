/** @import { Engine } from './engine.js' */
/** @import { BackendInfo, StepEvent } from '../index.js' */
/** @import { Adapter, GpuRequest } from './gpu.js' */
/** @import { Report } from './engines.js' */
import { RefineError } from './errors.js';
import { onAdapter } from './gpu.js';
import { finished, wholeSteps } from './gpu_task.js';
import { large as runtime, startLarge } from './large.js';
import { release, runSteps } from './steps.js';
import { Stop } from './stop.js';
import { Turns } from './turns.js';

/** Refines on the GPU, in this thread. @implements {Engine} */
export class GpuEngine {
  #model;
  #adapter;
  #turns = new Turns();
  /** Ends with the model. */
  #life = new Stop();
  /** @type {BackendInfo} */
  backend;

  /**
   * @param {any} model the Rust side's `GpuModel`
   * @param {Adapter} adapter
   */
  constructor(model, adapter) {
    this.#model = model;
    this.#adapter = adapter;
    this.model = Object.freeze({ name: model.name, bytes: model.bytes });
    this.backend = this.#standing();
  }

  /**
   * Uploads a model and lets its first answers be checked. Where the GPU is not demanded and turns out to be slower, the engine
   * that comes back says that it stands on the CPU.
   * @param {Uint8Array} bytes of a GGUF file
   * @param {GpuRequest} request
   * @param {Stop} stop
   * @param {Report} report
   */
  static async open(bytes, { adapter, demanded, module }, stop, report) {
    await stop.guard(startLarge(module));
    const options = { adapter: adapter.name, software: adapter.software, demanded };
    const task = runtime.run(({ openGpuModel }) => openGpuModel(bytes, options, report));
    return new GpuEngine(await finished(runtime, task, stop), adapter);
  }

  /** Whether its WebAssembly has stopped for good. */
  get isTrapped() {
    return runtime.isTrapped;
  }

  /**
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @param {(event: StepEvent) => void} onStep
   */
  refine(text, options, stop, onStep) {
    return this.#turns.take(() => this.#refine(text, options, stop, onStep), stop);
  }

  /**
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @param {(event: StepEvent) => void} onStep
   */
  async #refine(text, options, stop, onStep) {
    const onward = (/** @type {StepEvent} */ event) => {
      this.#replace();
      onStep(event);
    };
    try {
      return await runSteps(runtime, this.#model, text, options, stop, onward, wholeSteps(runtime));
    } finally {
      if (!this.#life.reason && !runtime.isTrapped) this.backend = this.#standing();
    }
  }

  /** Has another device made where one failed; the CPU does the work meanwhile. */
  #replace() {
    const task = this.#life.reason ? undefined : runtime.run(() => this.#model.replace());
    if (!task) return;
    finished(runtime, task, this.#life).then(
      () => {
        if (!this.#life.reason) this.backend = this.#standing();
      },
      () => {
        // Disposed of meanwhile, or its WebAssembly stopped, which the next text will tell.
      },
    );
  }

  /** @param {string} line */
  async tokens(line) {
    return runtime.run(() => this.#model.tokens(line));
  }

  /** @param {string} text */
  async explain(text) {
    return runtime.run(() => this.#model.explain(text));
  }

  /** Lets go of the model and the device; a session that is still being stopped keeps them until then. */
  dispose() {
    this.#life.stop(new RefineError('disposed', 'the model was disposed of'));
    release(runtime, this.#model);
  }

  #standing() {
    return onAdapter(
      runtime.run(() => this.#model.standing),
      this.#adapter,
    );
  }
}
