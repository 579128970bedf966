// What goes to edge runtimes compiles nothing: neither WebAssembly from bytes nor JavaScript from strings.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { bundle } from './support/bundle.mjs';
import { MODEL, WASM, WORK, prepare } from './support/files.mjs';

/** Every way to compile, also where its parts stand apart or are renamed. */
const FORBIDDEN = [
  /\bWebAssembly\s*(\.|\[\s*['"`])\s*(compile|instantiate|validate)/,
  /\bnew\s+WebAssembly\s*(\.\s*Module\b|\[)/,
  /\b(compileStreaming|instantiateStreaming)\b/,
  /\}\s*=\s*WebAssembly\b/,
  /\beval\b/,
  /\bnew\s+Function\b/,
  /[^\w$.`'"]Function\s*\(/,
  /\bimport\s*\(/,
  /\bset(Timeout|Interval)\s*\(\s*['"`]/,
];

/** Bytes of the bundle gzipped, so that it is noticed when something large comes in. */
const BUNDLE_LIMIT = 16 << 10;

await prepare();
const { code } = await bundle('fixtures/app.js', { minify: true });

test('the bundle names nothing that compiles', () => {
  for (const pattern of FORBIDDEN) assert.doesNotMatch(code, pattern);
});

test('the same look finds it where it is', async () => {
  const { code: browser } = await bundle('../../pkg/index.js', { minify: true });
  for (const pattern of FORBIDDEN.slice(0, 3)) assert.match(browser, pattern);
  const samples = [
    'const { compile } = WebAssembly',
    'eval("1")',
    'new Function("1")',
    'f=Function("1")',
    'import("x")',
    'setTimeout("1")',
  ];
  for (const sample of samples)
    assert.ok(
      FORBIDDEN.some((pattern) => pattern.test(sample)),
      sample,
    );
});

test('the bundle is small', () => {
  const { length } = gzipSync(code);
  assert.ok(length <= BUNDLE_LIMIT, `${length} bytes gzipped, the limit is ${BUNDLE_LIMIT}`);
});

test('it refines and executes where compiling is forbidden', async () => {
  // All of WebAssembly that the bundle gets to see.
  const given =
    'const { Instance, RuntimeError } = globalThis.WebAssembly;\nconst WebAssembly = { Instance, RuntimeError };\n';
  await writeFile(`${WORK}guarded.mjs`, given + code);
  const source = `
    import { readFileSync } from 'node:fs';
    import { app } from ${JSON.stringify(`${WORK}guarded.mjs`)};
    const [model, path] = ${JSON.stringify([MODEL, WASM])};
    const wasm = new WebAssembly.Module(readFileSync(path));
    const handler = app({ wasm, limitedWasm: wasm, model: () => readFileSync(model) });
    const ask = async (path, type, body) => {
      const headers = { 'content-type': type };
      const response = await handler(new Request('http://x/open' + path, { method: 'POST', headers, body }));
      console.log(response.status, (await response.json()).kept);
    };
    await ask('/refine?docThreshold=0', 'text/html', '<p>Some text');
    await ask('/execute', 'application/json', JSON.stringify({ text: 'a', program: 'keep_chunk()' }));`;
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', source];
  const done = spawnSync(process.execPath, flags, { encoding: 'utf8' });
  assert.equal(done.stderr, '');
  assert.equal(done.stdout, '200 true\n200 true\n');
});
