import * as glue from '../wasm/prox_gpu.js';
import { RefineError } from './errors.js';
import { Runtime } from './wasm.js';

/** The wasm file for large models: the GPU backend, and models that write programs. Whoever needs it imports this late. */
export const large = new Runtime(glue);

/**
 * @param {WebAssembly.Module} module
 */
export function startLarge(module) {
  return large.start({ instantiatesNow: false, defaultWasm: never, openWasm: never }, module);
}

/** @returns {never} */
function never() {
  throw new RefineError('internal', 'the module for large models is given');
}
