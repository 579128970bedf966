// How often a language model's best next token in Chromium, on SwiftShader, is that of the native CPU, at each position of texts read in
// chunks. Takes half an hour:
//   cargo run --release --features gpu --example gpu_top1 -- MODEL.gguf PAGES.jsonl 2000 NATIVE.jsonl
//   cargo xtask positions && node tests/js/gpu_positions.mjs MODEL.gguf NATIVE.jsonl DONE.jsonl
// NATIVE.jsonl has the tokens of each piece and the CPU's best ones. Pieces in DONE.jsonl are not done again.
import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from './support/chromium.mjs';
import { troubleServer } from './support/server.mjs';

/** Of a hundred tokens. */
const WANTED = 99.5;

const [model, native, done] = process.argv.slice(2);
if (!model || !native || !done) throw new Error('which GGUF file, which pieces, and where to write?');
const built = join(process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url)), 'gpu_positions');
const lines = async (/** @type {string} */ path) => (await readFile(path, 'utf8')).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
const pieces = await lines(native);
const before = (await lines(done).catch(() => [])).length;

const send = (/** @type {string} */ path, /** @type {string} */ type) => async (/** @type {any} */ _, /** @type {any} */ response) => {
  response.setHeader('Content-Type', type);
  response.end(await readFile(path));
};
const server = await troubleServer({
  '/positions.js': send(join(built, 'gpu_positions.js'), 'text/javascript'),
  '/gpu_positions_bg.wasm': send(join(built, 'gpu_positions_bg.wasm'), 'application/wasm'),
  '/language.gguf': send(model, 'application/octet-stream'),
});
const browser = await launch({ webgpu: true });
const page = await browser.newPage();
page.setDefaultTimeout(0);
let next = before;
let start = Date.now();
await page.exposeFunction('said', async (/** @type {string} */ adapter, /** @type {number[]} */ found) => {
  const { best } = pieces[next];
  const same = found.filter((token, i) => token === best[i]).length;
  const seconds = Math.round((Date.now() - start) / 1000);
  start = Date.now();
  next += 1;
  console.log(`${next} of ${pieces.length} pieces: ${same} of ${best.length} best tokens are the same, ${seconds} s; ${adapter}`);
  await appendFile(done, `${JSON.stringify({ best: found, positions: best.length, same, adapter, seconds })}\n`);
});
try {
  await page.goto(`${server.origin}/blank`);
  await page.evaluate(async (pieces) => {
    const { default: init, best } = await import(/** @type {any} */ ('/positions.js'));
    await init({ module_or_path: '/gpu_positions_bg.wasm' });
    const file = new Uint8Array(await (await fetch('/language.gguf')).arrayBuffer());
    const tokens = pieces.map((piece) => Uint32Array.from(piece));
    const longest = Math.max(0, ...pieces.map((piece) => piece.length));
    const { said } = /** @type {any} */ (globalThis);
    await best(file, tokens, longest, (/** @type {string} */ adapter, /** @type {Uint32Array} */ found) => void said(adapter, [...found]));
  }, pieces.slice(before).map(({ tokens }) => tokens));
} finally {
  await browser.close();
  await server.close();
}

const all = await lines(done);
const sum = (/** @type {'same' | 'positions'} */ name) => all.reduce((sum, piece) => sum + piece[name], 0);
console.log(`${sum('same')} of ${sum('positions')} best tokens are the same`);
assert.equal(all.length, pieces.length);
assert.ok(sum('same') * 100 >= WANTED * sum('positions'));
