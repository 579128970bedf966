// SmolLM2 in WebAssembly, one thread, in Chromium: ours and wllama (llama.cpp) take turns with the same file, and beside them runs what the
// machine can do at best.
//   cargo build -p kernel-probe --lib --profile wasm --target wasm32-unknown-unknown
//   npm --prefix benches/peers install --no-package-lock --omit=optional --ignore-scripts; npm --prefix tests/js ci --ignore-scripts
//   node benches/peers/wasm.mjs [--runs 3] [--read 512] [--written 64] [--alone | --node] MODEL.gguf...
// Times are of the clock: other programs slow both down, so read the ratios.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from '../../tests/js/support/chromium.mjs';
import { load, measure } from './probe.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const { values, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    read: { type: 'string', default: '512' },
    written: { type: 'string', default: '64' },
    // only ours and the ceiling
    alone: { type: 'boolean', default: false },
    // the same, in this process instead of Chromium
    node: { type: 'boolean', default: false },
    probe: {
      type: 'string',
      default: join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'wasm32-unknown-unknown/wasm/kernel_probe.wasm'),
    },
  },
});

const options = { runs: Number(values.runs), read: Number(values.read), written: Number(values.written) };
const alone = values.alone || values.node;
const measured = values.node ? models.map(inNode) : await inChromium();
for (const [index, runs] of measured.entries()) report(models[index], runs);

function inNode(model) {
  const probe = load(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(values.probe))), readFileSync(model));
  // the first warms up
  return Array.from({ length: options.runs + 1 }, () => measure(probe, options)).slice(1);
}

async function inChromium() {
  const TYPES = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    const model = models[Number(path.match(/^\/model\/(\d+)$/)?.[1])];
    const file = model ?? { '/': join(here, 'wasm.html'), '/probe.wasm': values.probe }[path] ?? join(here, path);
    try {
      const type = TYPES[file.split('.').at(-1)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': statSync(file).size });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launch();
  const found = [];
  try {
    for (const index of models.keys()) {
      const page = await browser.newPage();
      page.on('pageerror', (error) => console.error(error));
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForFunction('globalThis.ready');
      found.push(await page.evaluate((options) => globalThis.measure(options), { ...options, alone, model: `/model/${index}` }));
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
  return found;
}

function report(model, runs) {
  const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
  const of = (name) => median(runs.map((run) => run[name]));
  // every weight but those of the tokens' table is multiplied with every token read, those of the table once a token written
  const { multiplied, streamed } = shape(model);
  const share = (name, ceiling, needed) => 100 * median(runs.map((run) => (run[name] * needed) / run[ceiling]));
  const rate = (x) => x.toFixed(1).padStart(7);
  const ceilings = `ceiling ${(of('gemm') / 1e9).toFixed(1)} GOP/s, ${(of('gemv') / 1e9).toFixed(1)} GB/s`;
  console.log(`\n${basename(model)}, ${runs.length} runs, medians; ${ceilings}`);
  for (const [name, their, part] of [
    ['prefill', 'theirPrefill', share('prefill', 'gemm', 2 * multiplied)],
    ['decode', 'theirDecode', share('decode', 'gemv', streamed)],
  ]) {
    const theirs = alone ? '' : `; wllama ${rate(of(their))}: ${(of(name) / of(their)).toFixed(2)} times`;
    console.log(`  ${name.padEnd(8)} ours ${rate(of(name))} tokens/s, ${part.toFixed(0)} % of the ceiling of the same run${theirs}`);
  }
}

/** Weights that each token read is multiplied with, and bytes that one written reads where a weight takes one. */
function shape(path) {
  const bytes = readFileSync(path);
  let at = 8;
  const u32 = () => bytes.readUInt32LE((at += 4) - 4);
  const u64 = () => Number(bytes.readBigUInt64LE((at += 8) - 8));
  const string = () => {
    const length = u64();
    return bytes.toString('utf8', at, (at += length));
  };
  const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
  const skip = (type) => {
    if (type === 8) string();
    else if (type === 9) {
      const item = u32();
      for (let left = u64(); left > 0; left--) skip(item);
    } else at += sizes[type];
  };
  const [tensors, keys] = [u64(), u64()];
  for (let key = 0; key < keys; key++) {
    string();
    skip(u32());
  }
  let [blocks, table, output] = [0, 0, 0];
  for (let i = 0; i < tensors; i++) {
    const name = string();
    const dims = Array.from({ length: u32() }, u64);
    at += 12;
    const elements = dims.length < 2 ? 0 : dims.reduce((a, b) => a * b);
    if (name === 'token_embd.weight') table = elements;
    else if (name === 'output.weight') output = elements;
    else blocks += elements;
  }
  return { multiplied: blocks, streamed: blocks + (output || table) };
}
