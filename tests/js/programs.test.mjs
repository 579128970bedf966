// Language models that write programs: the package gives what the native side gives. `cargo build --example tiny_lm` makes both.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Refiner, parseProgram, refineMany } from 'prox-wasm';

import { LmEngine } from '../../pkg/lib/lm_engine.js';
import { Stop } from '../../pkg/lib/stop.js';
import { all, coded } from './support/asserts.mjs';

const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url));
const SIZES = { chunkTokens: 300, programTokens: 40 };

describe('models that write programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prox-lm-'));
  const file = join(folder, 'tiny.gguf');
  /** @type {any} */
  let expected;
  /** @type {Refiner} */
  let refiner;
  before(async () => {
    execFileSync(join(TARGET, 'debug/examples/tiny_lm'), [folder]);
    expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
    refiner = await Refiner.load({ model: { document: file, chunk: readFileSync(file) } });
  });
  after(() => {
    refiner.dispose();
    rmSync(folder, { recursive: true });
  });

  /** @param {any} result @param {any} wanted as the native side writes it */
  function same(result, wanted) {
    assert.equal(result.text, wanted.text);
    assert.equal(result.program, wanted.program);
    assert.equal(result.kept, wanted.kept);
    assert.deepEqual([result.document, ...result.lines].map(({ keep }) => keep), [wanted.document, ...wanted.lines]);
    assert.deepEqual(result.edits.map(({ op, confidence }) => [op, confidence]), wanted.edits.map(({ op, confidence }) => [op, confidence]));
    assert.equal(result.stats.chunks, wanted.stats.chunks);
  }

  test('strict and official mode give the native results, to the last bit', async () => {
    const { text } = expected;
    assert.match(refiner.backend.reason, /quick on the CPU: WebAssembly SIMD/);
    assert.equal(refiner.backend.kind, 'cpu');
    same(await refiner.refine(text, { ...SIZES }), expected.both);
    same(await refiner.refine(text, { ...SIZES, mode: 'official' }), expected.official);
    const single = await Refiner.load({ model: file });
    same(await single.refine(text, { ...SIZES }), expected.strict);
    single.dispose();
    // several statements, with line numbers and a string
    const writing = await Refiner.load({ model: { chunk: join(folder, 'writing.gguf') } });
    const statements = await writing.refine(text, { ...SIZES, programTokens: 150 });
    writing.dispose();
    assert.match(statements.program, /^remove_lines(.|\n)*\nremove_lines(.|\n)*\nnormalize\(source_str="/);
    same(statements, expected.statements);
  });

  test('events tell what is read and written, and each chunk’s program', async () => {
    const events = await all(refiner.stream(expected.text, { ...SIZES, level: 'chunk' }));
    const chunks = events.filter(({ type }) => type === 'chunk');
    assert.equal(chunks.length, expected.strict.stats.chunks);
    for (const { lines, keep, program } of chunks) {
      assert.equal(keep.length, lines[1] - lines[0] + 1);
      assert.ok(!parseProgram(program).diagnostics.some(({ severity }) => severity === 'error'), program);
    }
    assert.ok(events.some(({ type, tokens, total }) => type === 'read' && tokens <= total));
    assert.ok(events.some(({ type, tokens }) => type === 'written' && tokens <= SIZES.programTokens));
    assert.equal(events.at(-1).type, 'done');
  });

  test('an abort stops within a step', async () => {
    const own = new AbortController();
    let after = 0;
    const work = refiner.refine(expected.text, {
      ...SIZES,
      signal: own.signal,
      onEvent() {
        if (own.signal.aborted) after++;
        own.abort();
      },
    });
    await assert.rejects(work, coded('aborted'));
    assert.equal(after, 0);
    same(await refiner.refine(expected.text, { ...SIZES }), expected.both);
  });

  test('many texts, and the tokens of a line', async () => {
    const outcomes = await all(refineMany([expected.text, ''], { model: { document: file, chunk: file }, ...SIZES }));
    same(outcomes[0].result, expected.both);
    assert.equal(outcomes[1].result.text, '');
    assert.equal((await refiner.tokens('The mill')).join(''), 'The mill');
    await assert.rejects(refiner.explain('The mill'), coded('unsupported', /verdict a line/));
  });

  test('what makes no sense is refused', async () => {
    const { text } = expected;
    const refused = (/** @type {object} */ options, /** @type {any} */ code, /** @type {RegExp} */ what) =>
      assert.rejects(refiner.refine(text, options), coded(code, what));
    await refused({ mode: 'loose' }, 'invalid-argument', /'strict' or 'official'/);
    await refused({ chunkTokens: 0 }, 'invalid-argument', /chunkTokens/);
    await refused({ programTokens: 1.5 }, 'invalid-argument', /programTokens/);
    await refused({ chunkTokens: 9000 }, 'invalid-argument', /the model reads 2048/);
    await assert.rejects(refiner.rethreshold(text, await refiner.refine(text, { ...SIZES })), coded('unsupported'));
    await assert.rejects(Refiner.load({ model: file, backend: 'webgpu' }), coded('unsupported'));
    await assert.rejects(Refiner.load({ model: { chunk: file }, sha256: '0'.repeat(64) }), coded('invalid-argument', /sha256/));
    await assert.rejects(Refiner.load({ model: { lines: file } }), coded('invalid-argument', /document/));
    await assert.rejects(Refiner.load({ model: { chunk: file }, memoryBudget: 1e6 }), coded('memory-budget'));
    const nano = fileURLToPath(new URL('../../pkg/model/prox-nano.gguf', import.meta.url));
    await assert.rejects(Refiner.load({ model: { chunk: nano } }), coded('invalid-model', /proxline/));
    const broken = readFileSync(file).subarray(0, 5000);
    await assert.rejects(Refiner.load({ model: broken }), coded('invalid-model'));
  });

  test('memory is planned before it is taken', async () => {
    const bytes = new Uint8Array(readFileSync(file));
    const module = await WebAssembly.compile(readFileSync(new URL('../../pkg/wasm/prox_gpu_bg.wasm', import.meta.url)));
    /** @param {object[]} models @param {number} [budget] */
    const open = (models, budget) =>
      LmEngine.open(/** @type {any} */ (models), { module, budget }, { kind: 'cpu', reason: '' }, null, new Stop(), () => {});
    const numbers = /the model takes (\d+) bytes \(file \d+, weights \d+, cache \d+, scratch \d+\), the budget is 1000$/;
    /** @type {any} */
    const refusal = await open([{ bytes }], 1000).catch((error) => error);
    assert.equal(refusal.code, 'memory-budget');
    const need = Number(numbers.exec(refusal.message)?.[1]);
    assert.ok(need > bytes.length && need < 4 * bytes.length, refusal.message);
    await assert.rejects(open([{ bytes }], need - 1), coded('memory-budget'));
    const both = ['document', 'chunk'].map((stage) => ({ bytes, stage }));
    await assert.rejects(open(both, 2 * need - 1), coded('memory-budget', new RegExp(`the model takes ${need} `)));
    (await open(both, 2 * need)).dispose();
    (await open([{ bytes }], need)).dispose();
  });
});
