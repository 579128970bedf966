// The tokens of texts and prompts against those of the official tokenizer and pipeline.
//
//     node prompt_oracle.mjs BINARY
//
// BINARY is `examples/lm_prompts`. The vectors were made with transformers 4.39.1 by the ProX repository's own code; the
// vocabulary of Llama 2 comes in the npm package llama-tokenizer-js.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import llama from 'llama-tokenizer-js';

const vectors = (name) =>
  gunzipSync(readFileSync(new URL(`../data/${name}.jsonl.gz`, import.meta.url))).toString().trimEnd().split('\n').map((line) => JSON.parse(line));

const tokens = llama.vocabById;
assert.equal(tokens.length, 32000);
const types = tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1));
// SentencePiece gives a piece one score, which is the rank of all merges that make it.
const rank = new Map();
for (const [pair, priority] of llama.merges) {
  const space = pair.indexOf(' ');
  const piece = pair.slice(0, space) + pair.slice(space + 1);
  rank.set(piece, Math.min(priority, rank.get(piece) ?? Infinity));
}
const scores = tokens.map((token) => -(rank.get(token) ?? 1e9));

const requests = [];
const wanted = [];
for (const { text, ids_fast } of vectors('token_vectors')) {
  requests.push({ text });
  wanted.push(ids_fast);
}
const texts = requests.length;
for (const vector of vectors('prompt_vectors')) {
  const isDocument = vector.level === 'doc';
  const stage = isDocument ? 'document' : 'chunk';
  const text = isDocument ? vector.user : vector.user.replace(/^\[doc\]\n/, '').replace(/\n\[\/doc\]$/, '');
  const ids = isDocument ? vector.ids_slow_max2000 : vector.ids_as_vllm_encodes;
  requests.push({ stage, text });
  wanted.push(ids);
  // The strict prompt is the same where the text spells no special token and is complete.
  if (!/<\/?s>|<unk>/.test(text) && (!isDocument || vector.ends_with_inst_close)) {
    requests.push({ stage, text, strict: true });
    wanted.push(ids);
  }
}
const input = [{ tokens, scores, types }, ...requests].map((line) => `${JSON.stringify(line)}\n`).join('');
const answers = execFileSync(process.argv[2], { input, maxBuffer: 1 << 28 }).toString().trimEnd().split('\n');
assert.equal(answers.length, requests.length);
let different = 0;
answers.forEach((line, i) => {
  const found = JSON.parse(line);
  if (JSON.stringify(found) !== JSON.stringify(wanted[i])) {
    different += 1;
    const at = found.findIndex((id, at) => id !== wanted[i][at]);
    const near = (ids) => ids.slice(Math.max(0, at - 2), at + 6).map((id) => `${id} ${JSON.stringify(tokens[id])}`).join(', ');
    console.error(`${JSON.stringify(requests[i]).slice(0, 200)}\n  found  ${near(found)}\n  wanted ${near(wanted[i])}`);
  }
});
console.log(`${texts} texts and ${requests.length - texts} prompts, ${different} with other tokens than the official pipeline's`);
assert.equal(different, 0);
