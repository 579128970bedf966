/** @import { Engine } from './engine.js' */
/** @import { BackendInfo, StepEvent } from '../index.js' */
/** @import { Stop } from './stop.js' */
import { full, inWasm } from './full.js';
import { release, runSteps } from './steps.js';
import { Turns } from './turns.js';

/** Refines in this thread. @implements {Engine} */
export class LocalEngine {
  #model;
  #turns = new Turns();

  /**
   * @param {Uint8Array} bytes of a GGUF file
   * @param {BackendInfo} backend why it runs here
   */
  constructor(bytes, backend) {
    this.backend = Object.freeze(backend);
    this.#model = inWasm(({ LineModel }) => new LineModel(bytes));
    this.model = Object.freeze({ name: this.#model.name, bytes: this.#model.bytes });
  }

  /**
   * @param {string} text
   * @param {object} options
   * @param {Stop} stop
   * @param {(event: StepEvent) => void} onStep
   */
  refine(text, options, stop, onStep) {
    return this.#turns.take(() => runSteps(full, this.#model, text, options, stop, onStep), stop);
  }

  /** @param {string} line */
  async tokens(line) {
    return inWasm(() => this.#model.tokens(line));
  }

  /** @param {string} text */
  async explain(text) {
    return inWasm(() => this.#model.explain(text));
  }

  /** Lets go of the model; sessions that are still being stopped keep it until then. */
  dispose() {
    release(full, this.#model);
  }
}
