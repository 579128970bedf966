// The GPU backend against llama.cpp's on the same card and the same GGUF file, as a table in Markdown:
//   cargo build --release --features gpu && npm --prefix benches/gpu install
//   node benches/gpu/run.mjs MODEL.gguf [--peers vulkan,cuda] [--tokens 512] [--written 128] [--seconds 5] [--bandwidth GB/s]
// A side that gives no answer within --minutes (10) is ended, and its row says so. Nothing else should run beside. Where there is no card, lavapipe (mesa-vulkan-drivers) tries it out:
//   GGML_VK_VISIBLE_DEVICES=0 XDG_RUNTIME_DIR=/tmp node benches/gpu/run.mjs MODEL.gguf --peers vulkan,cpu --tokens 64 --written 16
// llama.cpp takes no software adapter unless that variable names it.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prox: { type: 'string', default: fileURLToPath(new URL('../../target/release/prox', import.meta.url)) },
    peers: { type: 'string', default: 'vulkan,cuda' },
    tokens: { type: 'string', default: '512' },
    written: { type: 'string', default: '128' },
    seconds: { type: 'string', default: '5' },
    bandwidth: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '10' },
    // one peer in a process of its own, which prints a row
    alone: { type: 'string' },
  },
});
const [file] = positionals;
if (!file) throw new Error('which GGUF file?');
const numbers = [values.tokens, values.written, values.seconds, values.bandwidth, values.minutes].map(Number);
if (!numbers.every((number) => number >= 0)) throw new Error('numbers, please');
const [tokens, written, seconds, bandwidth, minutes] = numbers;
const bytes = statSync(file).size;

/** @typedef {{ name: string, prefill: number, decode: number, note: string }} Row in tokens a second */

/**
 * What a program writes, if it ends in time.
 * @param {string} name
 * @param {string} program
 * @param {string[]} flags
 */
function answer(name, program, flags) {
  const { status, stdout, stderr, error } = spawnSync(program, flags, {
    encoding: 'utf8',
    timeout: 60_000 * minutes,
    killSignal: 'SIGKILL',
  });
  if (/** @type {any} */ (error)?.code === 'ETIMEDOUT') throw new Error(`no answer in ${minutes} min`);
  if (status !== 0) {
    const lines = stderr.trim().split('\n');
    throw new Error(error?.message ?? lines.find((line) => /error/i.test(line)) ?? lines.at(-1));
  }
  console.error(`${name}: done`);
  return stdout;
}

/** @param {string} name @param {unknown} error @returns {Row} */
function missing(name, error) {
  const note = error instanceof Error ? error.message : String(error);
  console.error(`${name}: ${note}`);
  return { name, prefill: NaN, decode: NaN, note };
}

/** @returns {Row[]} */
function ours() {
  const sizes = ['--tokens', values.tokens, '--written', values.written, '--seconds', values.seconds];
  const flags = ['bench', '--backend', 'gpu', '--json', '--model', file, ...sizes];
  const stdout = answer('prox-wasm', values.prox, flags);
  const rows = stdout.trim().split('\n').map((line) => JSON.parse(line));
  return rows.map((row) => ({
    name: `prox-wasm, ${row.backend}`,
    prefill: row.prefill_tokens_a_second,
    decode: row.decode_tokens_a_second,
    note: row.submits_a_token
      ? `a token: ${row.submits_a_token} submit, ${row.dispatches_a_token} dispatches, ${row.readbacks_a_token} readback of ${row.read_bytes_a_token} bytes`
      : '',
  }));
}

/** @param {string} kind @returns {Promise<Row>} */
async function theirs(kind) {
  const { getLlama } = await import('node-llama-cpp');
  const gpu = kind === 'cpu' ? false : /** @type {'vulkan' | 'cuda'} */ (kind);
  const llama = await getLlama({ gpu, build: 'never', skipDownload: true });
  // it would count on the CPU without a word
  const [device] = gpu ? await llama.getGpuDeviceNames() : ['cpu'];
  if (!device) throw new Error(`llama.cpp's ${kind} build finds no device`);
  const model = await llama.loadModel({ modelPath: file, gpuLayers: gpu ? 'max' : 0 });
  const context = await model.createContext({ contextSize: tokens + written + 8, batchSize: tokens });
  const sequence = context.getSequence();
  // any tokens do: the work does not depend on them
  const prompt = Array.from({ length: tokens }, (_, i) => (i * 7919) % model.trainContextSize);
  const prefills = [];
  const decodes = [];
  const end = Date.now() + 1000 * seconds;
  // the first run does not count
  for (let run = 0; run < 4 || Date.now() < end; run++) {
    await sequence.clearHistory();
    const start = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt);
    const read = performance.now();
    let count = 0;
    for await (const _ of sequence.evaluate([prompt[0]], { temperature: 0, yieldEogToken: true })) {
      if (++count === written) break;
    }
    if (run === 0) continue;
    prefills.push(tokens / ((read - start) / 1000));
    decodes.push(count / ((performance.now() - read) / 1000));
  }
  await model.dispose();
  return { name: `llama.cpp, ${kind}${gpu ? ` ${device}` : ''}`, prefill: median(prefills), decode: median(decodes), note: `${prefills.length} runs` };
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

if (values.alone) {
  console.log(JSON.stringify(await theirs(values.alone)));
  // whatever its threads still do
  process.exit(0);
}
/** @type {Row[]} */
let rows = [];
try {
  rows = ours();
} catch (error) {
  rows.push(missing('prox-wasm', error));
}
for (const peer of values.peers.split(',').filter(Boolean)) {
  // one that is missing, as CUDA on another's card, leaves its row empty
  try {
    const flags = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--alone', peer];
    const lines = answer(`llama.cpp, ${peer}`, process.execPath, flags).trim().split('\n');
    rows.push(JSON.parse(lines.at(-1) ?? ''));
  } catch (error) {
    rows.push(missing(`llama.cpp, ${peer}`, error));
  }
}
console.log(`${file.split('/').at(-1)}, ${bytes} bytes; ${tokens} tokens read, ${written} written\n`);
console.log('| | prefill, tokens/s | decode, tokens/s | weights read, GB/s | |\n|---|---|---|---|---|');
for (const { name, prefill, decode, note } of rows) {
  const shown = (/** @type {number} */ number) => (Number.isFinite(number) ? number.toFixed(1) : '');
  // Decoding reads each weight once a token.
  const rate = (decode * bytes) / 1e9;
  const share = bandwidth > 0 ? ` (${((100 * rate) / bandwidth).toFixed(0)} % of ${bandwidth})` : '';
  console.log(`| ${name} | ${shown(prefill)} | ${shown(decode)} | ${shown(rate)}${Number.isFinite(rate) ? share : ''} | ${note} |`);
}
