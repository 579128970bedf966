// The language and the executor in Node, the same from both entries: generated cases against plain models, independent
// tools, and the vectors made by the official code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import fastJsonPatch from 'fast-json-patch';

import { coded } from './support/asserts.mjs';
import { ENTRIES } from './support/entries.mjs';
import { random } from './support/random.mjs';
import { vectors } from './support/vectors.mjs';

/** @import { Change, Edit, Execution, StatementInput } from 'prox-wasm/executor' */

/** Applies programs as they are, whatever is left. */
const UNGUARDED = { threshold2: 2, errorOp: 1e9 };
const LETTERS = ['a', 'b', ' ', 'é', '漢', '字', '😀', '👩‍👩‍👧', '\u0301', '\t', '"', '\\'];

/** @typedef {ReturnType<typeof random>} Random */

/** A text of few letters, so that short sources occur in it; never only white space. @param {Random} r */
function someText(r) {
  return 'a' + r.list(1 + r.below(14), () => r.list(r.below(12), () => r.pick(LETTERS)).join('')).join('\n');
}

/** @param {Random} r @param {number} least */
function someString(r, least) {
  return r.list(least + r.below(3), () => r.pick(LETTERS)).join('');
}

/** A program that means something for such a text. @param {Random} r @returns {StatementInput[]} */
function fittingProgram(r) {
  return r.list(r.below(9), () => {
    if (r.below(2)) return { op: 'normalize', source: someString(r, 1), target: someString(r, 0) };
    const first = r.below(14);
    return { op: 'remove_lines', first, last: first + r.below(3) };
  });
}

/** Any program that can be printed. @param {Random} r @returns {StatementInput[]} */
function anyProgram(r) {
  const anyString = () => r.list(r.below(9), () => String.fromCodePoint(r.below(2) ? r.below(0x100) : r.below(0xd800))).join('');
  return r.list(r.below(12), () => {
    const op = r.pick(/** @type {const} */ (['drop_doc', 'keep_doc', 'keep_chunk', 'remove_lines', 'normalize']));
    if (op === 'remove_lines') return { op, first: r.below(1e9), last: r.below(1e9) };
    if (op === 'normalize') return { op, source: anyString(), target: anyString() };
    return { op };
  });
}

/**
 * What edits make of a text by the plainest means: lines are marked, strings replaced in those that stay.
 * @param {string} text
 * @param {readonly Edit[]} edits
 */
function applyPlainly(text, edits) {
  if (edits.some(({ op }) => op === 'drop_doc')) return '';
  /** @type {(string | null)[]} */
  let lines = text.split('\n');
  for (const edit of edits) if (edit.op === 'remove_lines') lines.fill(null, edit.lines[0], edit.lines[1] + 1);
  for (const edit of edits) {
    if (edit.op !== 'normalize') continue;
    const [first, last] = edit.scope ?? [0, lines.length - 1];
    lines = lines.map((line, i) => (line !== null && i >= first && i <= last ? line.replaceAll(edit.source, () => edit.target) : line));
  }
  return lines.filter((line) => line !== null).join('\n');
}

/**
 * Where each place of a text, its end included, comes to stand.
 * @param {number} length
 * @param {readonly Change[]} changes
 */
function plainOffsets(length, changes) {
  /** @type {number[]} */
  const places = [];
  let at = 0;
  for (const { span: [start, end], after } of changes) {
    while (places.length < start) places.push(at++);
    while (places.length < end) places.push(at);
    at += after.length;
  }
  while (places.length <= length) places.push(at++);
  return places;
}

/** The same without what no JSON holds. @template T @param {T} value @returns {T} */
const throughJson = (value) => JSON.parse(JSON.stringify(value));

for (const [name, prox] of ENTRIES) {
  describe(name, () => {
    /** Calls `check` on some hundred texts with what a program does to them. @param {(text: string, done: Execution, r: Random) => void} check */
    function onExecutions(check) {
      for (let seed = 0; seed < 600; seed++) {
        const r = random(seed);
        const text = someText(r);
        const program = prox.printProgram(fittingProgram(r));
        check(text, prox.execute(text, program, { ...UNGUARDED, changes: true }), r);
      }
    }

    test('what is printed reads back as it was', () => {
      for (let seed = 0; seed < 3000; seed++) {
        const program = anyProgram(random(seed));
        const printed = prox.printProgram(program);
        const parsed = prox.parseProgram(printed);
        const statements = parsed.statements.map(({ line, column, ...statement }) => statement);
        assert.deepEqual(statements, program, printed);
        assert.deepEqual(parsed.diagnostics, []);
        assert.equal(prox.printProgram(parsed), printed);
      }
      assert.equal(prox.printProgram([]), '');
      assert.equal(
        prox.printProgram([{ op: 'remove_lines', first: 0, last: 999_999_999 }, { op: 'keep_chunk' }]),
        'remove_lines(line_start=0, line_end=999999999)\nkeep_chunk()',
      );
    });

    test('bad statements are refused by index and field', () => {
      const print = (/** @type {any} */ program) => () => prox.printProgram(program);
      const keep = { op: 'keep_doc' };
      assert.throws(print([keep, { op: 'fly' }]), coded('invalid-argument', /statements\[1\]\.op .*"fly"/));
      for (const first of [-1, 1.5, 1e9, NaN, '0', undefined, 2n]) {
        const bad = print([keep, keep, { op: 'remove_lines', first, last: 3 }]);
        assert.throws(bad, coded('invalid-argument', /statements\[2\]\.first .*0 to 999999999/));
      }
      assert.throws(print([{ op: 'remove_lines', first: 0 }]), coded('invalid-argument', /statements\[0\]\.last/));
      assert.throws(print([{ op: 'normalize', source: 'a' }]), coded('invalid-argument', /statements\[0\]\.target/));
      assert.throws(print([{ op: 'normalize', source: 7, target: '' }]), coded('invalid-argument', /statements\[0\]\.source/));
      assert.throws(print([null]), coded('invalid-argument', /statements\[0\]/));
      for (const program of [undefined, null, 'keep_doc()', 5, {}]) assert.throws(print(program), coded('invalid-argument'));
    });

    test('undo: any subset, and all of them again', () => {
      let subsets = 0;
      onExecutions((text, { edits, text: refined }, r) => {
        assert.equal(applyPlainly(text, edits), refined);
        const given = throughJson(edits);
        assert.equal(prox.undo(text, given, []).text, refined);
        assert.equal(prox.undo(text, given, edits.keys()).text, text);
        const which = new Set(r.list(r.below(edits.length + 1), () => r.below(edits.length)));
        const left = edits.filter((_, index) => !which.has(index));
        const undone = prox.undo(text, given, which);
        assert.equal(undone.text, applyPlainly(text, left));
        assert.equal(undone.kept, true);
        for (const edit of undone.edits) assert.equal(text.slice(...edit.span).length, edit.span[1] - edit.span[0]);
        subsets++;
      });
      assert.equal(subsets, 600);
    });

    test('undoing nothing gives the execution again, and what a model said stays', () => {
      onExecutions((text, execution, r) => {
        const edits = execution.edits.map((edit) => ({ ...edit, confidence: r.next() }));
        const again = prox.undo(text, throughJson(edits), [], { changes: true });
        assert.deepEqual({ ...again, diagnostics: [] }, { ...execution, errors: 0, edits, diagnostics: [] });
      });
    });

    test('a dropped document comes back', () => {
      const done = prox.execute('one\ntwo', 'drop_doc()', { changes: true });
      assert.deepEqual([done.text, done.kept, done.dropReason, done.changes], ['', false, 'program', []]);
      const back = prox.undo('one\ntwo', done.edits, [0]);
      assert.deepEqual([back.text, back.kept, back.dropReason, back.edits], ['one\ntwo', true, null, []]);
      const again = prox.undo('one\ntwo', done.edits, []);
      assert.deepEqual([again.text, again.kept, again.dropReason], ['', false, 'program']);
    });

    test('undo refuses what makes no sense', () => {
      const text = 'a\nb\nc';
      const { edits } = prox.execute(text, 'remove_lines(1, 1)\nnormalize("c", "d")');
      const undo = (/** @type {any[]} */ ...given) => () => /** @type {any} */ (prox.undo)(...given);
      for (const index of [-1, 2, 0.5, NaN, '0', null]) {
        assert.throws(undo(text, edits, [index]), coded('invalid-argument', /from 0 to 1/));
      }
      assert.throws(undo(text, [], [0]), coded('invalid-argument', /no edits/));
      for (const which of [undefined, null, 0, '0', {}]) assert.throws(undo(text, edits, which), coded('invalid-argument', /which/));
      assert.throws(undo(5, edits, []), coded('invalid-argument', /text/));
      assert.throws(undo(text, {}, []), coded('invalid-argument', /edits/));
      assert.throws(undo(text, [{ op: 'keep_doc' }], []), coded('invalid-argument', /edits\[0\]\.op/));
      assert.throws(undo(text, [{ op: 'remove_lines', lines: [2, 1] }], []), coded('invalid-argument', /edits\[0\]\.lines/));
      assert.throws(undo(text, [{ op: 'remove_lines', lines: [0, 3] }], []), coded('invalid-argument', /lines 0 to 3.* 3 lines/));
      assert.throws(undo(text, [{ op: 'normalize', lines: [0, 0], source: 'a' }], []), coded('invalid-argument', /target/));
      const newline = { op: 'normalize', lines: [0, 0], source: 'a', target: '\n' };
      assert.throws(undo(text, [newline], []), coded('invalid-argument', /newline/));
      assert.throws(undo(text, edits, [], { changes: 1 }), coded('invalid-argument', /changes/));
      assert.equal(prox.undo(text, edits, new Set([0, 1])).text, text, 'and the instance goes on');
    });

    test('changes lead there and back, and so do offsets', () => {
      let many = 0;
      onExecutions((text, { text: refined, changes }) => {
        assert.ok(changes);
        many += Number(changes.length > 2);
        let done = 0;
        for (const { span, before } of changes) {
          assert.ok(span[0] >= done && span[1] >= span[0]);
          assert.equal(text.slice(...span), before);
          done = span[1];
        }
        assert.equal(prox.applyChanges(text, throughJson(changes)), refined);
        const inverse = prox.invertChanges(changes);
        assert.equal(prox.applyChanges(refined, inverse), text);
        assert.deepEqual(prox.invertChanges(inverse), changes);
        assert.deepEqual(
          Array.from({ length: text.length + 1 }, (_, offset) => prox.toRefined(changes, offset)),
          plainOffsets(text.length, changes),
        );
        assert.deepEqual(
          Array.from({ length: refined.length + 1 }, (_, offset) => prox.toOriginal(changes, offset)),
          plainOffsets(refined.length, inverse),
        );
      });
      assert.ok(many > 100, `${many} executions with more than two changes`);
    });

    test('changes are made only where they are asked for', () => {
      assert.equal('changes' in prox.execute('a\nb', 'remove_lines(0, 0)'), false);
      assert.equal('changes' in prox.undo('a\nb', [], []), false);
      assert.deepEqual(prox.execute('a\nb', '', { changes: true }).changes, []);
    });

    test('changes that do not fit are refused', () => {
      const change = { span: [0, 1], before: 'a', after: 'x' };
      const apply = (/** @type {any} */ text, /** @type {any} */ changes) => () => prox.applyChanges(text, changes);
      assert.equal(prox.applyChanges('abc', /** @type {any} */ ([change])), 'xbc');
      assert.throws(apply('bc', [change]), coded('invalid-argument', /changes\[0\] is for another text/));
      assert.throws(apply('aa', [change, change]), coded('invalid-argument', /changes\[1\] begins at 0/));
      assert.throws(apply('abc', [{ ...change, span: [0, 2] }]), coded('invalid-argument', /spans 2 units/));
      assert.throws(apply('abc', [{ ...change, span: [1, 0] }]), coded('invalid-argument', /changes\[0\]\.span/));
      assert.throws(apply('abc', [{ ...change, span: [0] }]), coded('invalid-argument', /changes\[0\]\.span/));
      assert.throws(apply('abc', [{ ...change, after: 1 }]), coded('invalid-argument', /changes\[0\]\.after/));
      assert.throws(apply('abc', null), coded('invalid-argument', /changes/));
      assert.throws(apply(1, []), coded('invalid-argument', /text/));
      assert.throws(() => prox.toRefined([], -1), coded('invalid-argument', /offset/));
      assert.throws(() => prox.toOriginal([], /** @type {any} */ ('1')), coded('invalid-argument', /offset/));
    });

    test('JSON Patch: an independent tool makes the refined text', () => {
      let operations = 0;
      onExecutions((text, { text: refined, edits }) => {
        const patch = prox.jsonPatch(text, edits);
        operations += patch.length;
        const lines = text.split('\n');
        const { newDocument } = fastJsonPatch.applyPatch(lines, patch, true, false);
        assert.equal(newDocument.join('\n'), refined);
      });
      assert.ok(operations > 1000);
      assert.deepEqual(prox.jsonPatch('a\nb', prox.execute('a\nb', 'remove_lines(1, 1)').edits), [
        { op: 'test', path: '/1', value: 'b' },
        { op: 'remove', path: '/1' },
      ]);
    });

    describe('unified diff', () => {
      /** @type {string} */
      let folder;
      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'prox-diff-'));
      });
      after(() => rm(folder, { recursive: true }));

      test('git applies it', async () => {
        for (let seed = 0; seed < 40; seed++) {
          const r = random(seed);
          const text = someText(r);
          const { text: refined, edits } = prox.execute(text, prox.printProgram(fittingProgram(r)), UNGUARDED);
          const diff = prox.unifiedDiff(text, edits, { from: 'a/page.txt', to: 'b/page.txt', context: seed % 4 });
          assert.equal(diff === '', text === refined);
          if (diff === '') continue;
          await writeFile(join(folder, 'page.txt'), text);
          const flags = ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'];
          const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
          const { status, stderr } = spawnSync('git', flags, { cwd: folder, input: diff, encoding: 'utf8', env });
          assert.equal(status, 0, `${stderr}\n${diff}`);
          assert.equal(await readFile(join(folder, 'page.txt'), 'utf8'), refined, diff);
        }
      });

      test('names and context', () => {
        const text = 'a\nb\nc\nd\n';
        const { edits } = prox.execute(text, 'normalize("c", "C")');
        assert.equal(prox.unifiedDiff(text, edits), '--- original\n+++ refined\n@@ -1,4 +1,4 @@\n a\n b\n-c\n+C\n d\n');
        const named = prox.unifiedDiff(text, edits, { from: 'x', to: 'y', context: 0 });
        assert.equal(named, '--- x\n+++ y\n@@ -3,1 +3,1 @@\n-c\n+C\n');
        assert.equal(prox.unifiedDiff(text, []), '');
        const diff = (/** @type {any} */ options) => () => prox.unifiedDiff(text, edits, options);
        assert.throws(diff({ context: -1 }), coded('invalid-argument', /context/));
        assert.throws(diff({ from: 1 }), coded('invalid-argument', /from/));
      });
    });

    test('options of execute: scope, growth, short texts', () => {
      const text = 'one\ntwo\nthree';
      const scoped = prox.execute(text, 'remove_lines(0, 0)\nnormalize("t", "T")', { scope: [1, 1] });
      assert.equal(scoped.text, 'one\nTwo\nthree');
      assert.equal(scoped.errors, 1);
      const [edit] = scoped.edits;
      assert.deepEqual(edit.op === 'normalize' && edit.scope, [1, 1]);
      assert.equal(prox.undo(text, scoped.edits, []).text, scoped.text);
      assert.throws(() => prox.execute(text, '', { scope: [1, 3] }), coded('invalid-argument', /lines 1 to 3/));
      const grown = prox.execute(text, 'normalize("one", "one and a half")', { maxGrowthBytes: 3 });
      assert.deepEqual([grown.text, grown.diagnostics.map(({ code }) => code)], [text, ['growth-limit']]);
      const short = prox.execute(text, '', { dropShort: true });
      assert.deepEqual([short.kept, short.dropReason], [false, 'too-short']);
      assert.equal(prox.execute(text, 'remove_lines(0, 2)').dropReason, 'too-little-left');
      assert.equal(prox.execute(' \n', '').dropReason, 'empty');
      const bad = (/** @type {any} */ options) => () => prox.execute(text, '', options);
      for (const scope of [[1], [2, 1], 'all', [0, 1.5], [-1, 0]]) assert.throws(bad({ scope }), coded('invalid-argument', /scope/));
      for (const maxGrowthBytes of [-1, 0.5, '1']) assert.throws(bad({ maxGrowthBytes }), coded('invalid-argument', /maxGrowthBytes/));
      assert.throws(bad({ dropShort: 1 }), coded('invalid-argument', /dropShort/));
      assert.throws(bad({ changes: 'yes' }), coded('invalid-argument', /changes/));
    });

    test('official mode: all vectors', async () => {
      const cases = await vectors('executor_vectors.jsonl.gz');
      assert.equal(cases.length, 3374);
      for (const { id, level, text, program, threshold_1, threshold_2, error_op, expected, errors, removed, raised } of cases) {
        const options = { mode: 'official', level, threshold1: threshold_1, threshold2: threshold_2, errorOp: error_op };
        const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
        if (raised) {
          assert.throws(() => prox.execute(text, program, given), coded('invalid-argument', /ZeroDivisionError/), id);
          continue;
        }
        const done = prox.execute(text, program, { ...given, changes: true });
        assert.equal(done.text, expected, id);
        assert.equal(done.kept, expected !== '', id);
        if (done.kept) assert.equal(prox.applyChanges(text, done.changes ?? []), expected, id);
        if (level === 'doc') continue;
        assert.equal(done.errors, errors, id);
        assert.deepEqual(done.removed, removed.map((/** @type {string[]} */ range) => range.map(Number)), id);
      }
    });

    test('chunks: all vectors of the official packer', async () => {
      const cases = await vectors('chunk_vectors.jsonl.gz');
      assert.equal(cases.length, 200);
      for (const { id, text, max_token: maxTokens, max_digits: digits, chunks, line_tokens: lineTokens } of cases) {
        const packed = prox.packChunks(text, { lineTokens, maxTokens, digits });
        assert.deepEqual(packed.map((chunk) => chunk.text), chunks, id);
        const lines = text.split('\n');
        let line = 0;
        for (const { lines: [first, last], tokens, overLimit } of packed) {
          assert.equal(first, line, id);
          line = last + 1;
          const sum = lineTokens.slice(first, line).reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
          assert.deepEqual([tokens, overLimit], [sum, sum > maxTokens], id);
        }
        assert.equal(line, lines.length, id);
        /** @type {string[]} */
        const asked = [];
        const counted = prox.packChunks(text, { countTokens: (line) => lineTokens[asked.push(line) - 1], maxTokens, digits });
        assert.deepEqual(counted, packed, id);
        assert.equal(asked.join('\n'), chunks.join('\n'), id);
        assert.deepEqual(prox.packChunks(text, { lineTokens: Uint32Array.from(lineTokens), maxTokens, digits }), packed, id);
      }
    });

    test('chunks: defaults, large counts, errors', () => {
      const [chunk] = prox.packChunks('a\nb', { countTokens: (line) => line.length });
      assert.deepEqual(chunk, { lines: [0, 1], tokens: 12, overLimit: false, text: '[000]a\n[001]b' });
      const large = prox.packChunks('a\nb\nc', { lineTokens: [1500, 2 ** 40, 1] });
      assert.deepEqual(large.map(({ lines, tokens, overLimit }) => [lines, tokens, overLimit]), [
        [[0, 0], 1500, false],
        [[1, 1], 2 ** 40, true],
        [[2, 2], 1, false],
      ]);
      const pack = (/** @type {any} */ options) => () => prox.packChunks('a\nb', options);
      assert.throws(pack(undefined), coded('invalid-argument', /options/));
      assert.throws(pack({}), coded('invalid-argument', /lineTokens and countTokens/));
      assert.throws(pack({ lineTokens: [1, 1], countTokens: () => 1 }), coded('invalid-argument', /lineTokens and countTokens/));
      assert.throws(pack({ lineTokens: [1] }), coded('invalid-argument', /1 for 2 lines/));
      for (const bad of [-1, 0.5, NaN, '1', 2 ** 53, undefined]) {
        assert.throws(pack({ lineTokens: [1, bad] }), coded('invalid-argument', /lineTokens\[1\]/));
        assert.throws(pack({ countTokens: () => bad }), coded('invalid-argument', /line 0/));
      }
      for (const maxTokens of [0, -1, 1.5, Infinity]) {
        assert.throws(pack({ lineTokens: [1, 1], maxTokens }), coded('invalid-argument', /maxTokens/));
      }
      assert.throws(pack({ lineTokens: [1, 1], digits: -1 }), coded('invalid-argument', /digits/));
      const own = new Error('mine');
      const throwing = pack({
        countTokens() {
          throw own;
        },
      });
      assert.throws(throwing, (error) => error === own);
    });
  });
}

test('both entries export the same functions and give the same results', () => {
  const [[, main], [, small]] = ENTRIES;
  const missing = Object.keys(small).filter((name) => !Object.hasOwn(main, name));
  assert.deepEqual(missing, []);
  const text = 'menu 😀\nthe é words\nfooter';
  const program = 'remove_lines(0, 0)\nnormalize("words", "漢字")\nfly()\nremove_lines(9, 9)';
  const options = { errorOp: 5, changes: true };
  assert.deepEqual(small.execute(text, program, options), main.execute(text, program, options));
  assert.deepEqual(small.parseProgram(program), main.parseProgram(program));
});
