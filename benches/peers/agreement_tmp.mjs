// Do we and llama.cpp give the same tokens? Teacher-forced: both read the same texts, and after each token the logits are compared.
//   cargo build --release --example llama_logits
//   node benches/peers/agreement.mjs [--positions 2000] [--binary FILE] [--texts FILE.jsonl] MODEL.gguf...
// `float` is ours with float activations, which tests/llama_oracle.py holds to the formulas; `int8` is what `prox` runs by default.
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
    binary: { type: 'string', default: join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release/examples/llama_logits') },
    texts: { type: 'string' },
  },
});
const POSITIONS = Number(options.positions);
/// Tokens of a text that are read at most.
const LENGTH = 400;
/// Which of llama.cpp's own choices: as it comes, and with nothing rounded that it can leave alone.
const LLAMA = {
  'llama.cpp': {},
  'llama.cpp, cache f32': { flashAttention: false, experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32' },
};
const OURS = ['float', 'int8'];
const PAIRS = [
  ['int8', 'llama.cpp'],
  ['float', 'llama.cpp'],
  ['float', 'int8'],
  ['llama.cpp, cache f32', 'llama.cpp'],
];

function texts() {
  if (options.texts) {
    return readFileSync(options.texts, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).text);
  }
  const files = ['www/example.txt', 'tests/data/seed_page.txt', 'examples/mill.html', 'README.md', 'docs/language.md', 'models/README.md', 'docs/edge.md'];
  return files.map((file) => readFileSync(join(root, file), 'utf8'));
}

async function logitsOf(model, settings, tokens) {
  const context = await model.createContext({ contextSize: LENGTH + 8, batchSize: 128, threads: 2, ...settings });
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
  const tokens = JSON.parse(execFileSync(options.binary, [model, source, target, ...(kernel === "int8" ? ["int8"] : [])], { maxBuffer: 1 << 28 }));
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
const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
const folder = mkdtempSync(join(tmpdir(), 'agreement-'));
try {
  for (const path of models) {
    const model = await llama.loadModel({ modelPath: path });
    const comparisons = PAIRS.map(([one, other]) => new Comparison(one, other));
    const perplexities = new Map([...OURS, ...Object.keys(LLAMA)].map((name) => [name, new Perplexity()]));
    let positions = 0;
    for (const whole of texts()) {
      if (positions >= POSITIONS) break;
      const text = beginning(model, whole, Math.min(LENGTH, POSITIONS - positions));
      const found = {};
      let tokens;
      for (const kernel of OURS) ({ tokens, rows: found[kernel] } = ourLogits(path, text, kernel, folder));
      const theirs = [...model.tokenize(text)];
      if (tokens.join() !== theirs.join()) throw new Error(`other tokens than llama.cpp's for ${JSON.stringify(text.slice(0, 60))}`);
      for (const [name, settings] of Object.entries(LLAMA)) found[name] = await logitsOf(model, settings, tokens);
      for (let i = 0; i < tokens.length; i++) {
        for (const c of comparisons) c.add(found[c.one][i], found[c.other][i], found.float[i]);
        if (i + 1 < tokens.length) perplexities.forEach((p, name) => p.add(found[name][i], tokens[i + 1]));
      }
      positions += tokens.length;
    }
    await model.dispose();
    console.log(`\n${basename(path)}, ${positions} positions`);
    for (const [name, p] of perplexities) {
      console.log(`  perplexity ${p.value.toFixed(4).padStart(10)}  ${percent(p.value / perplexities.get('llama.cpp').value - 1).padStart(8)}  ${name}`);
    }
    for (const c of comparisons) {
      console.log(
        `  top-1 equal ${percent(c.equal)}, on the ${percent(c.clearShare)} with a margin over ${Comparison.CLEAR} ${percent(c.clearEqual)};` +
          ` largest margin where not ${c.widest.toFixed(3)}; logits ${percent(c.error)} off  ${c.one} / ${c.other}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);
