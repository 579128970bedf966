// Many texts through refineMany, in Node.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { refineMany } from 'prox-wasm';

import { all, coded } from './support/asserts.mjs';
import { longText, seed } from './support/seed.mjs';

describe('refineMany', () => {
  test('outcomes come in order, errors in their place', async () => {
    const { text, golden } = await seed();
    const outcomes = await all(refineMany([text, /** @type {any} */ (7), '', text], { workers: 2 }));
    assert.deepEqual(outcomes.map(({ index }) => index), [0, 1, 2, 3]);
    assert.equal(outcomes[0].result.program, golden.program);
    assert.equal(outcomes[1].error.code, 'invalid-argument');
    assert.equal(outcomes[1].result, undefined);
    assert.equal(outcomes[3].result.text, golden.text);
  });

  test('options reach every text', async () => {
    const { text } = await seed();
    const outcomes = await all(refineMany([text, text], { threshold: 0, normalize: false, level: 'chunk' }));
    assert.deepEqual(outcomes.map(({ result }) => result.program.trim()), ['keep_chunk()', 'keep_chunk()']);
  });

  test('an endless source is read no further than the work needs', async () => {
    let [made, taken, closed] = [0, 0, false];
    async function* endless() {
      try {
        for (;;) yield `text ${made++}`;
      } finally {
        closed = true;
      }
    }
    for await (const { index } of refineMany(endless(), { workers: 2 })) {
      assert.equal(index, taken++);
      assert.ok(made <= taken + 5, `${made} texts made for ${taken}`);
      if (taken === 10) break;
    }
    assert.ok(closed);
  });

  test('a slow source does not hold back what is done', async () => {
    let release = () => {};
    async function* slow() {
      yield 'first';
      await new Promise((resolve) => (release = () => resolve(undefined)));
      yield 'second';
    }
    const outcomes = refineMany(slow());
    assert.equal((await outcomes.next()).value?.index, 0);
    release();
    assert.equal((await outcomes.next()).value?.index, 1);
    assert.equal((await outcomes.next()).done, true);
  });

  test('an abort rejects, at once and in the middle', async () => {
    await assert.rejects(all(refineMany(['a'], { signal: AbortSignal.abort() })), coded('aborted'));
    const controller = new AbortController();
    const outcomes = refineMany([longText(200), longText(9000)], { signal: controller.signal });
    await outcomes.next();
    controller.abort();
    await assert.rejects(outcomes.next(), coded('aborted'));
  });

  test('a source that throws, arguments that make no sense', async () => {
    const failing = (function* () {
      yield 'a';
      throw new Error('the source is dry');
    })();
    await assert.rejects(all(refineMany(failing)), /the source is dry/);
    await assert.rejects(all(refineMany('a string')), coded('invalid-argument', /texts/));
    await assert.rejects(all(refineMany([], { workers: 0 })), coded('invalid-argument', /workers/));
    await assert.rejects(all(refineMany([], { threshold: 2 })), coded('invalid-argument', /threshold/));
    await assert.rejects(all(refineMany(['a'], { model: new Uint8Array(9) })), coded('invalid-model'));
    await assert.rejects(all(refineMany(['a'], { memoryBudget: 9 })), coded('memory-budget'));
  });
});
