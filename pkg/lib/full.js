import * as glue from '../wasm/prox_wasm.js';
import { Runtime } from './wasm.js';

/** The wasm file that holds everything. */
export const full = new Runtime(glue);

/**
 * Runs `call` with the exports of the Rust side.
 * @template R
 * @param {(exports: typeof glue) => R} call
 * @returns {R}
 */
export function inWasm(call) {
  return full.run(call);
}
