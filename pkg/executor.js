/**
 * The language and the executor without models, for browsers, edge isolates and bundlers. Node, Deno and Bun get
 * `executor_server.js`.
 *
 * @import { InitOptions } from './executor.js'
 * @import { WasmPlatform } from './lib/platform.js'
 */
import { checkOptions } from './lib/check.js';
import { fetchOk } from './lib/fetch.js';
import { languageOver } from './lib/language.js';
import { Runtime } from './lib/wasm.js';
import * as glue from './wasm/prox_executor.js';

export { applyChanges, invertChanges, toOriginal, toRefined } from './lib/changes.js';
export { RefineError } from './lib/errors.js';

/** @type {WasmPlatform} */
const platform = {
  defaultWasm: () => new URL('./wasm/prox_executor_bg.wasm', import.meta.url),
  openWasm: fetchOk,
  instantiatesNow: false,
};

const runtime = new Runtime(glue);

export const { execute, jsonPatch, packChunks, parseProgram, printProgram, undo, unifiedDiff } = languageOver((call) =>
  runtime.run(call),
);

/**
 * Makes the functions ready in this thread.
 * @param {InitOptions} [options]
 */
export async function init(options) {
  await runtime.start(platform, checkOptions(options).wasm);
}
