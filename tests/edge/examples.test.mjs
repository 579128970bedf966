// The examples for Deno, Bun and Vercel, as they are.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { bunBinary, denoBinary } from './support/binaries.mjs';
import { bundle } from './support/bundle.mjs';
import { serverProcess } from './support/child.mjs';
import { edgeRuntime } from './support/edge_runtime.mjs';
import { MODEL, WASM, WORK, prepare } from './support/files.mjs';

/** @import { Running } from './support/child.mjs' */

const EXAMPLES = new URL('../../examples/', import.meta.url);
const data = new URL('../data/', import.meta.url);
const SEED = await readFile(new URL('seed_page.txt', data), 'utf8');
const GOLDEN = JSON.parse(await readFile(new URL('seed_page.golden.json', data), 'utf8'));

await prepare();

/** @param {Running} running */
async function refinesTheSeedPage({ origin, close }, path = '/refine') {
  try {
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: SEED,
    });
    const body = await response.text();
    assert.equal(response.status, 200, body);
    assert.equal(JSON.parse(body).program, GOLDEN.program);
  } finally {
    await close();
  }
}

/** A copy of an example's file beside this folder's packages. @param {string} path */
async function installed(path) {
  const folder = `${WORK}${path.split('/')[0]}/`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await symlink(fileURLToPath(new URL('node_modules', import.meta.url)), `${folder}node_modules`);
  const copy = `${folder}${path.split('/').at(-1)}`;
  await copyFile(new URL(path, EXAMPLES), copy);
  return copy;
}

test('Deno', async () => {
  const flags = ['--quiet', '--no-lock', '--no-config', '--node-modules-dir=manual', '--unstable-no-legacy-abort'];
  const args = ['run', ...flags, '--allow-net', '--allow-read', await installed('deno/main.js'), '0'];
  await refinesTheSeedPage(await serverProcess(denoBinary(), args));
});

test('Bun', async () => {
  await refinesTheSeedPage(await serverProcess(bunBinary(), [await installed('bun/server.js'), '0']));
});

test('Vercel', async () => {
  const { code } = await bundle(fileURLToPath(new URL('vercel-edge/api/[...path].js', EXAMPLES)), {
    format: 'iife',
    globalName: 'example',
  });
  const [model, wasm] = await Promise.all([readFile(MODEL), readFile(WASM)]);
  const script = `${code}
    addEventListener('fetch', (event) => event.respondWith(example.default(event.request)));`;
  const running = await edgeRuntime(script, {
    __wasm_modules: { 'prox_wasm_bg.wasm': new WebAssembly.Module(wasm) },
    process: { env: { VERCEL_URL: 'prox.example' } },
    fetch: async (/** @type {string} */ url) => {
      assert.equal(url, 'https://prox.example/prox-nano.gguf');
      return new Response(model);
    },
  });
  await refinesTheSeedPage(running, '/api/refine');
});
