import { instantiate } from '../../wasm/prox_wasm_instance.js';
import { TrapGuard } from '../trap.js';

/** @typedef {import('../../wasm/prox_wasm_instance.js').Exports} Exports */

/** Thrown where an instance is asked for something after it trapped for somebody else. */
export class InstanceGone extends Error {}

/** One instance of the wasm module with, in time, a model in it. */
export class Instance {
  /** @type {InstanceType<Exports['LineModel']> | null} */
  model = null;
  #exports;
  #guard = new TrapGuard();

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#exports = instantiate(module);
  }

  get isTrapped() {
    return this.#guard.isTrapped;
  }

  /** Bytes of its memory, which never shrinks. */
  get bytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * Runs `call` with the exports of the Rust side. A trap is the end of the instance.
   * @template R
   * @param {(exports: Exports) => R} call
   * @returns {R}
   */
  run(call) {
    if (this.isTrapped) throw new InstanceGone();
    return this.#guard.run(() => call(this.#exports), this.#exports.memory);
  }

  /**
   * Frees an object of the Rust side, which is no use after a trap.
   * @param {{ free(): void }} object
   */
  release(object) {
    if (!this.isTrapped) this.run(() => object.free());
  }
}
