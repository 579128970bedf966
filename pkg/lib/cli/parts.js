import { readFile } from 'node:fs/promises';

import { readNow } from '../files.js';

/** The bundled wasm file, compiled. */
export function bundledModule() {
  return new WebAssembly.Module(readNow(new URL('../../wasm/prox_wasm_bg.wasm', import.meta.url)));
}

/**
 * Reads a model, the bundled one if there is no other.
 * @param {string} [path]
 */
export function modelReader(path) {
  return () => readFile(path ?? new URL('../../model/prox-nano.gguf', import.meta.url));
}
