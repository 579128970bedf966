/**
 * prox-wasm for Node, Deno and Bun: files are read, and `execute` needs no `init`.
 *
 * @import { InitOptions, LoadOptions, ManyOutcome, RefineManyOptions } from './index.js'
 * @import { Platform } from './lib/platform.js'
 */
import { checkOptions } from './lib/check.js';
import { openWasm, readNow } from './lib/files.js';
import { full, inWasm } from './lib/full.js';
import { htmlOver } from './lib/html.js';
import { languageOver } from './lib/language.js';
import { load } from './lib/load.js';
import { refineMany as many } from './lib/many.js';
import { openModel } from './lib/model_files.js';
import { LoadedRefiner } from './lib/refiner.js';

export { applyChanges, invertChanges, toOriginal, toRefined } from './lib/changes.js';
export { RefineError } from './lib/errors.js';

const wasmUrl = () => new URL('./wasm/prox_wasm_bg.wasm', import.meta.url);

/** @type {Platform} */
const platform = {
  defaultModel: () => new URL('./model/prox-nano.gguf', import.meta.url),
  defaultWasm: wasmUrl,
  defaultGpuWasm: () => new URL('./wasm/prox_gpu_bg.wasm', import.meta.url),
  openWasm,
  openModel,
  // read from beside this file, which was installed with it
  defaultSha256: undefined,
  store: null,
  instantiatesNow: true,
  createWorker: null,
  prefersWorker: () => false,
};

/** Starts WebAssembly from the bundled file, unless it was started before or this package did not come as files. */
function ready() {
  const url = wasmUrl();
  if (url.protocol === 'file:') full.startNow(() => new WebAssembly.Module(readNow(url)));
}

/**
 * Starts WebAssembly from another file than the bundled one, which needs no call.
 * @param {InitOptions} [options]
 */
export async function init(options) {
  await full.start(platform, checkOptions(options).wasm);
}

/**
 * @template R
 * @param {Parameters<typeof inWasm<R>>[0]} call
 */
function inReadyWasm(call) {
  ready();
  return inWasm(call);
}

export const { execute, jsonPatch, packChunks, parseProgram, printProgram, undo, unifiedDiff } = languageOver(inReadyWasm);
export const { htmlToLines, htmlToText } = htmlOver(inReadyWasm);

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
