// The program of 20 statements in WebAssembly, through the npm package's `execute`, as a Node program would call it.
//
// Before: `cargo xtask wasm`, and `cargo bench --bench executor -- --write-inputs` for the texts and programs.
// Then `node benches/node/executor.mjs`, with `--small` for the entry `prox-wasm/executor`; another argument names another
// folder of inputs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isSmall = process.argv.includes('--small');
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'bench-inputs');
const INPUTS = [['web', 1], ['web', 10], ['web', 100], ['cjk', 10]];
const MODES = ['strict', 'official'];
// Enough for a median; small texts get more, since single runs of them vary more.
const RUNS = { 1: 31, 10: 11, 100: 5 };
// Until the engine has replaced its first, quickly made code by optimised code.
const WARM_UP_MS = 1000;

function stop(message) {
  console.error(message);
  process.exit(1);
}

if (!existsSync(join(root, 'pkg/wasm/prox_wasm_bg.wasm'))) stop('There is no pkg/wasm: run `cargo xtask wasm` first.');
if (!existsSync(folder)) stop(`There is no ${folder}: run \`cargo bench --bench executor -- --write-inputs\` first.`);
const { execute } = await import(isSmall ? '../../pkg/executor_server.js' : '../../pkg/server.js');

/** Median time of `runs` calls in milliseconds. */
function median(runs, call) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[runs >> 1];
}

/** Slope of the least-squares line through [x, y] points. */
function slope(points) {
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

const inputs = INPUTS.map(([corpus, size]) => {
  const read = (extension) => readFileSync(join(folder, `${corpus}-${size}.${extension}`), 'utf8');
  const text = read('txt');
  return { corpus, size, text, program: read('program'), bytes: Buffer.byteLength(text), runs: RUNS[size] };
});

for (const mode of MODES) {
  const { text, program } = inputs[0];
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) execute(text, program, { mode });
}

const cells = (...values) => console.log(values.map((value, i) => String(value).padStart(i ? 12 : 16)).join(''));
cells('case', 'MB', 'median ms', 'MB/s', 'strings ms', 'MB/s without');
const series = new Map(MODES.map((mode) => [mode, []]));
const encoder = new TextEncoder();
const decoder = new TextDecoder();
for (const { corpus, size, text, program, bytes, runs } of inputs) {
  const into = new Uint8Array(bytes);
  for (const mode of MODES) {
    const { text: refined, kept, errors } = execute(text, program, { mode });
    if (!kept || errors) stop(`${corpus} ${size} MB ${mode}: kept ${kept}, ${errors} errors; the time would mean nothing`);
    const time = median(runs, () => execute(text, program, { mode }));
    // What the call cannot do without, however fast the executor: the text into UTF-8, the result out of it.
    const out = encoder.encode(refined);
    const strings = median(runs, () => encoder.encodeInto(text, into)) + median(runs, () => decoder.decode(out));
    // The strings are timed apart, so that on a busy machine they may seem to take longer than all.
    const rate = (ms) => (ms > 0 ? (bytes / 1e3 / ms).toFixed(0) : '-');
    cells(`${corpus} ${mode}`, size, time.toFixed(2), rate(time), strings.toFixed(2), rate(time - strings));
    if (corpus === 'web') series.get(mode).push([bytes, time * 1e6]);
  }
}

console.log('\nGrowth on web texts: nanoseconds per byte by least squares, and the time per byte against that of the smallest text.');
for (const [mode, points] of series) {
  const perByte = points.map(([bytes, time]) => time / bytes);
  const factors = INPUTS.slice(1, 3).map(([, size], i) => `${(perByte[i + 1] / perByte[0]).toFixed(2)} at ${size} MB`);
  console.log(`${mode}: ${slope(points).toFixed(3)} (${factors.join(', ')})`);
}
