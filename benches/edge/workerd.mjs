// workerd itself, without miniflare around it, under a limit of memory.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { MODEL, WASM, WORK } from '../../tests/edge/support/files.mjs';
import { limitedMemory } from '../../tests/edge/support/limited.mjs';

const require = createRequire(new URL('../../tests/edge/package.json', import.meta.url));
const { build } = require('esbuild');
const PAGE = 2 ** 16;

/** 128 MiB in all: what WebAssembly memory may grow to, and V8's heap. More of either ends in a trap or the process's death. */
export const LIMITS = { wasmMiB: 48, heapMiB: 80 };

const EMPTY = "export default { fetch: () => new Response('ok') };";

/** Writes what workerd serves. */
export async function prepareWorkerd() {
  const folder = `${WORK}bench/`;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}limited.wasm`, limitedMemory(await readFile(WASM), (LIMITS.wasmMiB * 2 ** 20) / PAGE));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('worker.js', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    minify: true,
    external: ['*.wasm'],
    nodePaths: [fileURLToPath(new URL('../../tests/edge/node_modules', import.meta.url))],
  });
  await writeFile(`${folder}worker.js`, outputFiles[0].text);
  await writeFile(`${folder}empty.js`, EMPTY);
  return { folder, bundleBytes: outputFiles[0].text.length };
}

/**
 * @param {string} folder
 * @param {'worker' | 'empty'} [name]
 */
export async function startWorkerd(folder, name = 'worker') {
  const port = await freePort();
  const wasm = name === 'worker' ? '(name = "limited.wasm", wasm = embed "limited.wasm"),' : '';
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["--max-heap-size=${LIMITS.heapMiB}"],
  services = [(name = "main", worker = .main), (name = "model", disk = "${dirname(MODEL)}")],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "${name}.js", esModule = embed "${name}.js"), ${wasm}],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["enable_request_signal"],
  bindings = [(name = "MODEL", service = "model")]
);
`;
  await writeFile(`${folder}${name}.capnp`, config);
  const started = performance.now();
  const binary = require('workerd').default;
  const child = spawn(binary, ['serve', `${folder}${name}.capnp`], { stdio: ['ignore', 'inherit', 'inherit'] });
  const died = new Promise((_, reject) =>
    child.once('exit', (code, signal) => reject(new Error(`workerd ended: ${code ?? signal}`))),
  );
  died.catch(() => {});
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: /** @type {number} */ (child.pid),
    started,
    died,
    close() {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    },
  };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
