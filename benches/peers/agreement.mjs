// Do we and llama.cpp give the same tokens? Teacher-forced: both read the same texts, and after each token the logits are compared.
//   cargo build --release --example llama_logits --bin prox
//   node benches/peers/agreement.mjs [--positions 2000] [--bin FOLDER] [--texts FILE.jsonl] [--quick] MODEL.gguf...
// `float` is ours with float activations, which tests/llama_oracle.py holds to the formulas; `ours` is what `prox` runs by default.
// llama.cpp rounds activations to eight bits, a rounding that other attention kernels or the cache's type turn into other ones. So it is
// asked three times: as it comes, with an exact cache, and with the same weights written out as floats, which are not rounded.
// It fails where fewer than 99 % are equal, or perplexities are half a percent apart, in the last of these; --quick asks no other.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { Comparison, Perplexity } from './logits.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values: options, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    positions: { type: 'string', default: '2000' },
    bin: { type: 'string', default: join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release') },
    texts: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const POSITIONS = Number(options.positions);
/// Tokens of a text that are read at most.
const LENGTH = 400;
const EXACT = { flashAttention: false, experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32' };
/// How llama.cpp is asked.
const LLAMA = options.quick
  ? { 'llama.cpp, float weights': { ...EXACT, floats: true } }
  : { 'llama.cpp': {}, 'llama.cpp, exact cache': EXACT, 'llama.cpp, float weights': { ...EXACT, floats: true } };
/// Our kernels by the words of examples/llama_logits.
const OURS = { float: 'float', ours: 'int8' };
const PAIRS = [
  ['ours', 'llama.cpp'],
  ['llama.cpp, exact cache', 'llama.cpp'],
  ['llama.cpp, float weights', 'llama.cpp'],
  ['ours', 'llama.cpp, float weights'],
  ['float', 'llama.cpp, float weights'],
].filter((pair) => pair.every((name) => name in LLAMA || name in OURS));

function texts() {
  if (options.texts) {
    return readFileSync(options.texts, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).text);
  }
  const files = ['www/example.txt', 'tests/data/seed_page.txt', 'examples/mill.html', 'README.md', 'docs/language.md', 'models/README.md', 'docs/edge.md'];
  return files.map((file) => readFileSync(join(root, file), 'utf8'));
}

async function logitsOf(model, { floats, ...settings }, tokens) {
  const context = await model.createContext({ contextSize: LENGTH + 8, batchSize: 128, threads: 1, ...settings });
  const sequence = context.getSequence();
  const asked = { generateNext: { logits: true, options: { temperature: 0 } } };
  const rows = [];
  await sequence.controlledEvaluate(tokens.map((token) => [token, asked]), {
    onTokenResult(index, { next }) {
      const row = new Float32Array(next.logits.size);
      for (const [token, logit] of next.logits) row[token] = logit;
      rows[index] = row;
    },
  });
  await context.dispose();
  return rows;
}

function ourLogits(model, text, kernel, folder) {
  const [source, target] = [join(folder, 'text'), join(folder, 'logits')];
  writeFileSync(source, text);
  const tokens = JSON.parse(execFileSync(join(options.bin, 'examples/llama_logits'), [model, source, target, kernel], { maxBuffer: 1 << 28 }));
  const all = readFileSync(target);
  const floats = new Float32Array(all.buffer, all.byteOffset, all.length / 4);
  const width = floats.length / tokens.length;
  return { tokens, rows: tokens.map((_, i) => floats.subarray(i * width, (i + 1) * width)) };
}

/// The beginning of a text that has at most so many tokens.
function beginning(model, text, tokens) {
  while (model.tokenize(text).length > tokens) text = text.slice(0, Math.floor(text.length * 0.95));
  return text.toWellFormed();
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
let failed = false;
const llama = await getLlama({ gpu: false, maxThreads: 1, build: 'never', logLevel: LlamaLogLevel.error });
const folder = mkdtempSync(join(tmpdir(), 'agreement-'));
try {
  for (const path of models) {
    const floats = join(folder, 'floats.gguf');
    execFileSync(join(options.bin, 'prox'), ['convert', path, '--quantize', 'f32', '-o', floats], { stdio: 'ignore' });
    const [model, exact] = [await llama.loadModel({ modelPath: path }), await llama.loadModel({ modelPath: floats })];
    const comparisons = PAIRS.map(([one, other]) => new Comparison(one, other));
    const perplexities = new Map([...Object.keys(OURS), ...Object.keys(LLAMA)].map((name) => [name, new Perplexity()]));
    let positions = 0;
    for (const whole of texts()) {
      if (positions >= POSITIONS) break;
      const text = beginning(model, whole, Math.min(LENGTH, POSITIONS - positions));
      const found = {};
      let tokens;
      for (const [name, kernel] of Object.entries(OURS)) ({ tokens, rows: found[name] } = ourLogits(path, text, kernel, folder));
      const theirs = [...model.tokenize(text)];
      if (tokens.join() !== theirs.join()) throw new Error(`other tokens than llama.cpp's for ${JSON.stringify(text.slice(0, 60))}`);
      for (const [name, settings] of Object.entries(LLAMA)) found[name] = await logitsOf(settings.floats ? exact : model, settings, tokens);
      for (let i = 0; i < tokens.length; i++) {
        for (const c of comparisons) c.add(found[c.one][i], found[c.other][i], found.float[i]);
        if (i + 1 < tokens.length) perplexities.forEach((p, name) => p.add(found[name][i], tokens[i + 1]));
      }
      positions += tokens.length;
    }
    await model.dispose();
    await exact.dispose();
    console.log(`\n${basename(path)}, ${positions} positions`);
    const theirs = perplexities.get(Object.keys(LLAMA)[0]).value;
    for (const [name, p] of perplexities) {
      console.log(`  perplexity ${p.value.toFixed(4).padStart(10)}  ${percent(p.value / theirs - 1).padStart(8)}  ${name}`);
    }
    for (const c of comparisons) {
      console.log(
        `  top-1 equal ${percent(c.equal)}, on the ${percent(c.clearShare)} with a margin over ${Comparison.CLEAR} ${percent(c.clearEqual)};` +
          ` largest margin where not ${c.widest.toFixed(3)}; logits ${percent(c.error)} off  ${c.one} / ${c.other}`,
      );
      if (c.one === 'ours' && c.other.includes('float weights')) failed ||= c.equal < 0.99;
    }
    const off = Math.abs(perplexities.get('ours').value / perplexities.get('llama.cpp, float weights').value - 1);
    failed ||= off > 0.005 || positions < 0.9 * POSITIONS;
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);
