// SmolLM2 natively: ours (`prox bench`) and llama.cpp (node-llama-cpp, CPU) take turns with the same file and as many threads.
//   cargo build --release --bin prox
//   node benches/peers/native.mjs [--threads 2] [--runs 3] [--read 512] [--written 64] MODEL.gguf...
// Times are of the clock: other programs slow both down, so read the ratios.
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    read: { type: 'string', default: '512' },
    written: { type: 'string', default: '64' },
    bin: { type: 'string', default: join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release') },
  },
});
const [threads, runs, read, written] = [values.threads, values.runs, values.read, values.written].map(Number);

/** Tokens a second of one reading and one writing. */
function ours(model) {
  const args = ['bench', '--model', model, '--tokens', String(read), '--written', String(written), '--seconds', '0', '--kernel', 'int8', '--json'];
  const rows = execFileSync(join(values.bin, 'prox'), args, { env: { ...process.env, RAYON_NUM_THREADS: String(threads) } });
  const row = JSON.parse(rows.toString().split('\n')[0]);
  return { prefill: row.prefill_tokens_a_second, decode: row.decode_tokens_a_second };
}

async function theirs(model) {
  const context = await model.createContext({ contextSize: read + written + 8, batchSize: read, threads });
  const sequence = context.getSequence();
  const vocab = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  const tokens = Array.from({ length: read + written }, (_, i) => (i * 7919) % vocab);
  const last = (token) => [token, { generateNext: { token: true, options: { temperature: 0 } } }];
  const took = async (items) => {
    const start = performance.now();
    await sequence.controlledEvaluate(items);
    return (performance.now() - start) / 1e3;
  };
  const prefill = read / (await took([...tokens.slice(0, read - 1), last(tokens[read - 1])]));
  let seconds = 0;
  for (const token of tokens.slice(read)) seconds += await took([last(token)]);
  await context.dispose();
  return { prefill, decode: written / seconds };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: LlamaLogLevel.error });
for (const path of models) {
  const model = await llama.loadModel({ modelPath: path });
  await theirs(model);
  const found = [];
  for (let run = 0; run < runs; run++) found.push({ ours: ours(path), theirs: await theirs(model) });
  await model.dispose();
  console.log(`\n${basename(path)}, ${threads} threads, ${runs} runs, medians`);
  for (const what of ['prefill', 'decode']) {
    const [one, other] = ['ours', 'theirs'].map((side) => median(found.map((run) => run[side][what])));
    const ratio = median(found.map((run) => run.ours[what] / run.theirs[what]));
    console.log(`  ${what.padEnd(8)} ours ${one.toFixed(1)} tokens/s, llama.cpp ${other.toFixed(1)}: ${ratio.toFixed(2)} times`);
  }
}
process.exit(0);
