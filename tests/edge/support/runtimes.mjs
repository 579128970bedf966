// How each runtime runs the services of fixtures/app.js.
import { readFile } from 'node:fs/promises';

import { bunBinary, denoBinary } from './binaries.mjs';
import { bundle } from './bundle.mjs';
import { serverProcess } from './child.mjs';
import { edgeRuntime } from './edge_runtime.mjs';
import { LIMITED_WASM, MODEL, WASM } from './files.mjs';
import { workerd } from './workerd.mjs';

/** @import { Running } from './child.mjs' */

const ARGUMENTS = [MODEL, WASM, LIMITED_WASM];

/** @type {Record<string, () => Promise<Running>>} */
export const RUNTIMES = {
  node: () => serverProcess(process.execPath, ['fixtures/node.mjs', ...ARGUMENTS]),

  deno() {
    const flags = ['--quiet', '--no-lock', '--node-modules-dir=manual', '--unstable-no-legacy-abort'];
    const allowed = ['--allow-net', '--allow-read'];
    return serverProcess(denoBinary(), ['run', ...flags, ...allowed, 'fixtures/deno.js', ...ARGUMENTS]);
  },

  bun: () => serverProcess(bunBinary(), ['fixtures/bun.js', ...ARGUMENTS]),

  async workerd() {
    const model = await readFile(MODEL);
    return workerd(await bundle('fixtures/worker.js'), { serviceBindings: { MODEL: () => new Response(model) } });
  },

  async 'edge-runtime'() {
    const [{ code }, model, ...modules] = await Promise.all([
      bundle('fixtures/edge_runtime.js', { format: 'iife' }),
      ...ARGUMENTS.map((path) => readFile(path)),
    ]);
    const [wasm, limitedWasm] = modules.map((bytes) => new WebAssembly.Module(bytes));
    return edgeRuntime(code, { WASM: wasm, LIMITED_WASM: limitedWasm, MODEL: new Uint8Array(model) });
  },
};
