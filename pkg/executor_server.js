/**
 * The language and the executor without models, for Node, Deno and Bun: the wasm file is read, and nothing needs `init`.
 *
 * @import { InitOptions } from './executor.js'
 * @import { WasmPlatform } from './lib/platform.js'
 */
import { checkOptions } from './lib/check.js';
import { openWasm, readNow } from './lib/files.js';
import { languageOver } from './lib/language.js';
import { Runtime } from './lib/wasm.js';
import * as glue from './wasm/prox_executor.js';

export { applyChanges, invertChanges, toOriginal, toRefined } from './lib/changes.js';
export { RefineError } from './lib/errors.js';

const wasmUrl = () => new URL('./wasm/prox_executor_bg.wasm', import.meta.url);

/** @type {WasmPlatform} */
const platform = { defaultWasm: wasmUrl, openWasm, instantiatesNow: true };

const runtime = new Runtime(glue);

export const { execute, jsonPatch, packChunks, parseProgram, printProgram, undo, unifiedDiff } = languageOver((call) => {
  const url = wasmUrl();
  if (url.protocol === 'file:') runtime.startNow(() => new WebAssembly.Module(readNow(url)));
  return runtime.run(call);
});

/**
 * Starts WebAssembly from another file than the bundled one, which needs no call.
 * @param {InitOptions} [options]
 */
export async function init(options) {
  await runtime.start(platform, checkOptions(options).wasm);
}
