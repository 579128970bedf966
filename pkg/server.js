/**
 * prox-wasm for Node, Deno and Bun: files are read, and `execute` needs no `init`.
 *
 * @import { ExecuteOptions, InitOptions, LoadOptions } from './index.js'
 * @import { Platform } from './lib/platform.js'
 */
import { checkOptions } from './lib/check.js';
import { openModel, openWasm, readNow } from './lib/files.js';
import { load } from './lib/load.js';
import * as program from './lib/program.js';
import { LoadedRefiner } from './lib/refiner.js';
import { startWasm, startWasmNow } from './lib/wasm.js';

export { RefineError } from './lib/errors.js';

const wasmUrl = () => new URL('./wasm/prox_wasm_bg.wasm', import.meta.url);

/** @type {Platform} */
const platform = {
  defaultModel: () => new URL('./model/prox-nano.gguf', import.meta.url),
  defaultWasm: wasmUrl,
  openWasm,
  openModel,
  instantiatesNow: true,
  createWorker: null,
  prefersWorker: () => false,
};

/** Starts WebAssembly from the bundled file, unless it was started before or this package did not come as files. */
function ready() {
  const url = wasmUrl();
  if (url.protocol === 'file:') startWasmNow(() => new WebAssembly.Module(readNow(url)));
}

/**
 * Starts WebAssembly from another file than the bundled one, which needs no call.
 * @param {InitOptions} [options]
 */
export async function init(options) {
  await startWasm(platform, checkOptions(options).wasm);
}

/**
 * Applies a program to a text.
 * @param {string} text
 * @param {string} code
 * @param {ExecuteOptions} [options]
 */
export function execute(text, code, options) {
  ready();
  return program.execute(text, code, options);
}

/**
 * Reads a program without applying it.
 * @param {string} code
 */
export function parseProgram(code) {
  ready();
  return program.parseProgram(code);
}

/**
 * The visible text of an HTML page, one block a line.
 * @param {string} html
 */
export function htmlToText(html) {
  ready();
  return program.htmlToText(html);
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
