/**
 * prox-wasm for browsers and their workers. Node, Deno and Bun get `server.js`.
 *
 * @import { InitOptions, LoadOptions, ManyOutcome, RefineManyOptions } from './index.js'
 * @import { Platform } from './lib/platform.js'
 */
import { BUNDLED_SHA256 } from './lib/bundled.js';
import { checkOptions } from './lib/check.js';
import { fetchOk } from './lib/fetch.js';
import { full, inWasm } from './lib/full.js';
import { htmlOver } from './lib/html.js';
import { languageOver } from './lib/language.js';
import { load } from './lib/load.js';
import { refineMany as many } from './lib/many.js';
import { modelStore } from './lib/model_store.js';
import { LoadedRefiner } from './lib/refiner.js';
import { fetchDownload } from './lib/resume.js';

export { applyChanges, invertChanges, toOriginal, toRefined } from './lib/changes.js';
export { RefineError } from './lib/errors.js';

export const { execute, jsonPatch, packChunks, parseProgram, printProgram, undo, unifiedDiff } = languageOver(inWasm);
export const { htmlToLines, htmlToText } = htmlOver(inWasm);

/** @type {Platform} */
const platform = {
  defaultModel: () => new URL('./model/prox-nano.gguf', import.meta.url),
  defaultWasm: () => new URL('./wasm/prox_wasm_bg.wasm', import.meta.url),
  defaultGpuWasm: () => new URL('./wasm/prox_gpu_bg.wasm', import.meta.url),
  openWasm: fetchOk,
  openModel: fetchDownload,
  defaultSha256: BUNDLED_SHA256,
  store: modelStore,
  instantiatesNow: false,
  // Bundlers know this expression by its looks.
  createWorker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  prefersWorker: () => typeof Worker === 'function' && typeof document === 'object',
};

/**
 * Makes everything but `Refiner` ready in this thread. `Refiner.load` does so too.
 * @param {InitOptions} [options]
 */
export async function init(options) {
  await full.start(platform, checkOptions(options).wasm);
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

/**
 * Refines many texts with a pool of refiners; outcomes come in the order of the texts.
 * @param {Iterable<string> | AsyncIterable<string>} texts
 * @param {RefineManyOptions} [options]
 * @returns {AsyncGenerator<ManyOutcome, void, void>}
 */
export function refineMany(texts, options) {
  return many(Refiner, platform, texts, options);
}
