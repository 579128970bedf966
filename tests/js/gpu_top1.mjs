// Whether a language model on the GPU, in Chromium on SwiftShader or in Deno, writes token by token what it writes natively on the
// CPU: freely, without a grammar, so that each token is the likeliest of the whole vocabulary. One that is not changes all that
// follow. Takes minutes to hours:
//   cargo build --release && cargo xtask wasm
//   node tests/js/gpu_top1.mjs MODEL.gguf PAGES.jsonl --where chromium|deno [--texts 8] [--tokens 250] [--prox target/release/prox]
// PAGES.jsonl has `text` a line; of each the beginning is taken.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

import { launch } from './support/chromium.mjs';
import { troubleServer } from './support/server.mjs';

/** Characters of a text: some 60 tokens, one chunk. */
const LENGTH = 250;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    where: { type: 'string', default: 'chromium' },
    texts: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '250' },
    prox: { type: 'string', default: fileURLToPath(new URL('../../target/release/prox', import.meta.url)) },
  },
});
const [file, pages] = positionals;
if (!file || !pages) throw new Error('which GGUF file, and which texts?');
// Deno runs in a folder of its own
const model = resolve(file);
const sizes = { chunkTokens: 300, programTokens: Number(values.tokens) };
const lines = (await readFile(pages, 'utf8')).trim().split('\n').slice(0, Number(values.texts));
const texts = lines.map((line) => JSON.parse(line).text.slice(0, LENGTH).trim());

const flags = ['--jsonl', '--backend', 'cpu', '--mode', 'official', '--level', 'chunk', '--model', model];
const { status, stdout, stderr } = spawnSync(
  values.prox,
  ['refine', '-', ...flags, '--chunk-tokens', `${sizes.chunkTokens}`, '--program-tokens', values.tokens],
  { input: texts.map((text) => JSON.stringify({ text })).join('\n'), encoding: 'utf8', maxBuffer: 1 << 28 },
);
assert.equal(status, 0, stderr);
const wanted = stdout.trim().split('\n').map((line) => JSON.parse(line).program);
console.log(`${texts.length} texts, ${wanted.join('').length} characters written on the CPU`);

const found = values.where === 'deno' ? await inDeno() : await inChromium();
console.log(JSON.stringify(found));
assert.deepEqual([found.kind, found.failures], ['webgpu', 0]);
assert.deepEqual(found.others, [], 'texts with other tokens');

async function inChromium() {
  const send = (/** @type {string} */ path, /** @type {string} */ type) => async (/** @type {any} */ _, /** @type {any} */ response) => {
    response.setHeader('Content-Type', type);
    response.end(await readFile(path));
  };
  const script = fileURLToPath(new URL('support/gpu_top1.js', import.meta.url));
  const server = await troubleServer({
    '/support/gpu_top1.js': send(script, 'text/javascript'),
    '/language.gguf': send(model, 'application/octet-stream'),
  });
  const browser = await launch({ webgpu: true });
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on('console', (message) => console.log(message.text()));
  try {
    await page.goto(`${server.origin}/blank`);
    return await page.evaluate(async (what) => {
      const { writeFreely } = await import(/** @type {any} */ ('/support/gpu_top1.js'));
      const say = (/** @type {string} */ line) => console.log(line);
      return writeFreely(await import(/** @type {any} */ ('/pkg/index.js')), { ...what, model: '/language.gguf' }, say);
    }, { texts, wanted, sizes });
  } finally {
    await browser.close();
    await server.close();
  }
}

async function inDeno() {
  const { denoBinary } = await import('../edge/support/binaries.mjs');
  const { HERE } = await import('../edge/support/files.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'prox-top1-'));
  const what = join(folder, 'what.json');
  await writeFile(what, JSON.stringify({ texts, wanted, sizes }));
  const flags = ['--quiet', '--no-lock', '--node-modules-dir=manual', '--unstable-webgpu', '--allow-read'];
  const run = spawnSync(denoBinary(), ['run', ...flags, 'fixtures/gpu_top1_deno.js', model, what], {
    cwd: HERE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { XDG_RUNTIME_DIR: '/tmp', ...process.env },
  });
  await rm(folder, { recursive: true });
  assert.equal(run.status, 0);
  process.stdout.write(run.stdout);
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '');
}
