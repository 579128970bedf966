/**
 * prox-wasm for browsers and their workers. Node, Deno and Bun get `server.js`.
 *
 * @import { InitOptions, LoadOptions } from './index.js'
 * @import { Platform } from './lib/platform.js'
 */
import { checkOptions } from './lib/check.js';
import { fetchDownload, fetchOk } from './lib/download.js';
import { load } from './lib/load.js';
import { LoadedRefiner } from './lib/refiner.js';
import { startWasm } from './lib/wasm.js';

export { RefineError } from './lib/errors.js';
export { execute, htmlToText, parseProgram } from './lib/program.js';

/** @type {Platform} */
const platform = {
  defaultModel: () => new URL('./model/prox-nano.gguf', import.meta.url),
  defaultWasm: () => new URL('./wasm/prox_wasm_bg.wasm', import.meta.url),
  openWasm: fetchOk,
  openModel: fetchDownload,
  instantiatesNow: false,
  // Bundlers know this expression by its looks.
  createWorker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  prefersWorker: () => typeof Worker === 'function' && typeof document === 'object',
};

/**
 * Makes `execute`, `parseProgram` and `htmlToText` ready in this thread. `Refiner.load` does so too.
 * @param {InitOptions} [options]
 */
export async function init(options) {
  await startWasm(platform, checkOptions(options).wasm);
}

/** A model that refines texts. */
export class Refiner extends LoadedRefiner {
  /**
   * Loads a model, the bundled one unless told otherwise.
   * @param {LoadOptions} [options]
   */
  static load(options) {
    return load(this, platform, options);
  }
}
