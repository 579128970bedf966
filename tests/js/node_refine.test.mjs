// Refining in Node.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Refiner, execute } from 'prox-wasm';

import { all, coded } from './support/asserts.mjs';
import { longText, seed } from './support/seed.mjs';

const LONG = longText(2000);

describe('refining', () => {
  /** @type {Refiner} */
  let refiner;
  before(async () => {
    refiner = await Refiner.load();
  });
  after(() => refiner.dispose());

  test('the seed page: the program and the text of the native command line', async () => {
    const { text, golden } = await seed();
    const result = await refiner.refine(text);
    assert.equal(result.program, golden.program);
    assert.equal(result.text, golden.text);
    assert.equal(result.kept, true);
    const found = [result.document, ...result.lines].map(({ keep }) => keep);
    // to the last bit: sums have one order
    assert.deepEqual(found, [golden.document, ...golden.lines]);
  });

  test('the result is complete and consistent', async () => {
    const { text } = await seed();
    const result = await refiner.refine(text);
    const lines = text.split('\n');
    assert.equal(result.lines.length, lines.length);
    assert.equal(result.stats.lines, lines.length);
    assert.equal(result.stats.bytesIn, Buffer.byteLength(text));
    assert.equal(result.stats.bytesOut, Buffer.byteLength(result.text));
    assert.ok(result.stats.chunks >= 1);
    const probabilities = [...result.lines, result.document].map(({ keep }) => keep);
    for (const keep of probabilities) assert.ok(keep >= 0 && keep <= 1, String(keep));
    assert.ok(result.edits.length > 0);
    for (const edit of result.edits) {
      assert.match(edit.op, /^(remove_lines|normalize)$/);
      assert.equal(text.slice(...edit.span), edit.before);
      assert.ok(edit.confidence !== undefined && edit.confidence > 0 && edit.confidence <= 1);
    }
    assert.deepEqual(result.diagnostics, []);
    const replayed = execute(text, result.program);
    assert.equal(replayed.text, result.text);
    const inOrder = [...result.edits].sort((a, b) => a.span[0] - b.span[0]);
    const { text: rebuilt } = inOrder.reduceRight(
      ({ text: left }, { span: [start, end], after }) => ({ text: left.slice(0, start) + after + left.slice(end) }),
      { text },
    );
    assert.equal(rebuilt, result.text);
    assert.deepEqual(structuredClone(result), result, 'plain data');
  });

  test('rethreshold gives what reading anew gives, and reads nothing', async () => {
    const { text } = await seed();
    const first = await refiner.refine(text);
    for (const options of [{ threshold: 0 }, { threshold: 0.9 }, { docThreshold: 1 }, { level: 'doc' }, { normalizeThreshold: 1 }]) {
      const { stats, ...again } = await refiner.rethreshold(text, first, /** @type {any} */ (options));
      const { stats: anewStats, ...anew } = await refiner.refine(text, /** @type {any} */ (options));
      assert.deepEqual(again, anew);
      assert.deepEqual({ ...stats, chunks: anewStats.chunks }, anewStats);
      assert.equal(stats.chunks, 0);
    }
    await assert.rejects(refiner.rethreshold(`${text}\nmore`, first), coded('invalid-argument', /verdicts on \d+ lines/));
    const { document } = first;
    await assert.rejects(refiner.rethreshold('a', { document, lines: [{ keep: 2 }] }), coded('invalid-argument', /lines\[0\]/));
    await assert.rejects(refiner.rethreshold('a', /** @type {any} */ (null)), coded('invalid-argument', /result/));
  });

  test('tokens show what the model reads of a line', async () => {
    assert.equal((await refiner.tokens('  Bees See 42 Flowers ')).join(''), 'bees see 00 flowers');
    assert.ok((await refiner.tokens('incomprehensibilities')).length > 1);
    assert.deepEqual(await refiner.tokens(''), []);
    await assert.rejects(refiner.tokens(/** @type {any} */ (1)), coded('invalid-argument'));
  });

  test('explain tells what speaks for and against each line', async () => {
    const { text } = await seed();
    const found = await refiner.explain(text);
    const lines = text.split('\n');
    assert.equal(found.length, lines.length);
    found.forEach((evidence, line) => assert.equal(evidence === null, lines[line].trim() === ''));
    const { lines: verdicts } = await refiner.refine(text);
    const removed = found.filter((evidence, line) => evidence && verdicts[line].keep < 0.5);
    assert.ok(removed.some((evidence) => evidence?.inMainText === false && evidence.words < 0));

    const [share, , again, blank] = await refiner.explain('Share\nThe bees came back to the old orchard in spring.\nshare\n');
    assert.equal(blank, null);
    assert.equal(share?.times, 2);
    assert.ok(share.words < 0 && share.around !== 0);
    assert.deepEqual(share.telling, again?.telling);
    assert.deepEqual(
      share.telling.map(({ word, adds }) => [word, adds < 0]),
      [['share', true]],
    );
    assert.deepEqual(await refiner.explain(''), [null]);
    await assert.rejects(refiner.explain(/** @type {any} */ (1)), coded('invalid-argument'));
  });

  test('thresholds and levels', async () => {
    const { text } = await seed();
    const all = await refiner.refine(text, { threshold: 0, docThreshold: 0, normalize: false });
    assert.equal(all.text, text);
    assert.match(all.program, /keep_chunk\(\)/);
    const none = await refiner.refine(text, { docThreshold: 1 });
    assert.equal(none.kept, false);
    assert.equal(none.text, '');
    assert.deepEqual(
      none.edits.map(({ op }) => op),
      ['drop_doc'],
    );
    const doc = await refiner.refine(text, { level: 'doc' });
    assert.match(doc.program, /^(keep|drop)_doc\(\)\s*$/);
    const chunk = await refiner.refine(text, { level: 'chunk', mode: 'strict' });
    assert.ok(!/doc\(\)/.test(chunk.program));
    const gentle = await refiner.refine(text, { threshold: 0.05, level: 'chunk' });
    const strict = await refiner.refine(text, { threshold: 0.95, level: 'chunk' });
    assert.ok(gentle.text.length >= strict.text.length);
  });

  test('normalisations', async () => {
    const { text } = await seed();
    const { edits, stats } = await refiner.refine(text);
    const changes = edits.filter(({ op }) => op === 'normalize');
    assert.ok(changes.length >= 7, JSON.stringify(changes));
    assert.equal(stats.normalized, changes.length);
    const sure = await refiner.refine(text, { normalizeThreshold: 1 });
    const none = await refiner.refine(text, { normalize: false });
    assert.equal(sure.text, none.text);
    assert.ok(!/normalize/.test(none.program));
  });

  test('odd texts', async () => {
    const empty = await refiner.refine('');
    assert.equal(empty.text, '');
    assert.equal(empty.lines.length, 1);
    const blank = await refiner.refine('\n \n\t\n', { level: 'chunk', threshold: 0 });
    assert.equal(blank.lines.length, 4);
    const surrogate = await refiner.refine('lone \ud83d half\nand \ude00 another', { threshold: 0, docThreshold: 0 });
    assert.equal(surrogate.text, 'lone \ufffd half\nand \ufffd another');
    const strange = '\0\u{10ffff}\r\n\u2028\ufeffx\u0301'.repeat(20);
    const asItIs = { threshold: 0, docThreshold: 0, normalize: false };
    assert.equal((await refiner.refine(strange, asItIs)).text, strange);
  });

  test('one line of 10 MB', async () => {
    const text = 'word '.repeat(2_000_000);
    const result = await refiner.refine(text, { threshold: 0, docThreshold: 0 });
    assert.equal(result.text.length, text.length);
    assert.equal(result.lines.length, 1);
  });

  test('arguments of the wrong kind are refused', async () => {
    const refine = (/** @type {any} */ text, /** @type {any} */ options) => refiner.refine(text, options);
    await assert.rejects(refine(null, {}), coded('invalid-argument', /text/));
    await assert.rejects(refine('', 3), coded('invalid-argument', /options/));
    await assert.rejects(refine('', { level: 'all' }), coded('invalid-argument', /level/));
    await assert.rejects(refine('', { mode: 'official' }), coded('unsupported', /official/));
    for (const threshold of [-0.1, 1.1, NaN, '0.5', null]) {
      await assert.rejects(refine('', { threshold }), coded('invalid-argument', /threshold/), String(threshold));
      await assert.rejects(refine('', { docThreshold: threshold }), coded('invalid-argument', /docThreshold/));
      await assert.rejects(refine('', { normalizeThreshold: threshold }), coded('invalid-argument', /normalizeThreshold/));
    }
    await assert.rejects(refine('', { normalize: 1 }), coded('invalid-argument', /normalize/));
    await assert.rejects(refine('', { onEvent: 1 }), coded('invalid-argument', /onEvent/));
    await assert.rejects(refine('', { signal: {} }), coded('invalid-argument', /signal/));
    await assert.rejects(all(refiner.stream('', /** @type {any} */ ({ signal: 1 }))), coded('invalid-argument'));
  });

  test('events: chunks, the document, edits, done', async () => {
    const { text } = await seed();
    /** @type {import('prox-wasm').RefineEvent[]} */
    const events = [];
    const result = await refiner.refine(text, { onEvent: (event) => events.push(event) });
    const kinds = events.map(({ type }) => type).join(' ');
    assert.match(kinds, /^(chunk )+document (edit )+done$/);
    assert.deepEqual(events.at(-1), { type: 'done', result });
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'edit' ? [event.edit] : [])),
      result.edits,
    );
    for (const event of events) {
      if (event.type !== 'chunk') continue;
      assert.equal(event.keep.length, event.lines[1] - event.lines[0] + 1);
    }
    const streamed = await all(refiner.stream(text));
    assert.deepEqual(
      streamed.map(({ type }) => type),
      events.map(({ type }) => type),
    );
    assert.equal(streamed.at(-1).result.program, result.program);
  });

  test('what onEvent throws comes out, and the refiner goes on', async () => {
    const oops = new Error('oops');
    const options = {
      onEvent() {
        throw oops;
      },
    };
    await assert.rejects(refiner.refine('a\nb', options), oops);
    await assert.rejects(all(refiner.stream('a\nb', options)), oops);
    assert.equal((await refiner.refine('a\nb', { threshold: 0, docThreshold: 0 })).text, 'a\nb');
  });

  test('abort: before, and within one step', async () => {
    await assert.rejects(refiner.refine('x', { signal: AbortSignal.abort() }), coded('aborted'));
    const controller = new AbortController();
    let events = 0;
    const work = refiner.refine(LONG, {
      signal: controller.signal,
      onEvent() {
        assert.ok(!controller.signal.aborted, 'an event after the abort');
        if (++events === 2) controller.abort('enough');
      },
    });
    await assert.rejects(work, coded('aborted'));
    assert.equal(events, 2);
  });

  test('abort from a timer gets through while a long text is refined', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const started = performance.now();
    await assert.rejects(refiner.refine(LONG, { signal: controller.signal }), coded('aborted'));
    const aborted = performance.now() - started;
    await refiner.refine(LONG);
    const whole = performance.now() - started - aborted;
    assert.ok(aborted < whole, `${aborted} ms aborted, ${whole} ms whole`);
  });

  test('a stream that is left, or aborted, stops', async () => {
    for await (const event of refiner.stream(LONG)) {
      assert.equal(event.type, 'chunk');
      break;
    }
    const controller = new AbortController();
    const seen = [];
    await assert.rejects(async () => {
      for await (const event of refiner.stream(LONG, { signal: controller.signal })) {
        assert.ok(!controller.signal.aborted);
        seen.push(event);
        controller.abort();
      }
    }, coded('aborted'));
    assert.equal(seen.length, 1);
    await assert.rejects(all(refiner.stream('x', { signal: AbortSignal.abort() })), coded('aborted'));
  });

  test('many at once do not mix, and an aborted one hurts none', async () => {
    const { text } = await seed();
    const lines = text.split('\n');
    const texts = Array.from({ length: 12 }, (_, i) => lines.slice(i % 6, lines.length - (i % 4)).join('\n'));
    const alone = [];
    for (const each of texts) alone.push(await refiner.refine(each, { level: 'chunk' }));
    const controller = new AbortController();
    const doomed = refiner.refine(LONG, { signal: controller.signal, onEvent: () => controller.abort() });
    const together = Promise.all(texts.map((each) => refiner.refine(each, { level: 'chunk' })));
    const queuedController = new AbortController();
    const queued = refiner.refine(text, { signal: queuedController.signal });
    queuedController.abort();
    await assert.rejects(queued, coded('aborted'));
    await assert.rejects(doomed, coded('aborted'));
    assert.deepEqual(await together, alone);
  });

  test('signals are let go of', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (/** @type {any[]} */ ...args) => (listeners++, Reflect.apply(add, signal, args)),
      removeEventListener: (/** @type {any[]} */ ...args) => (listeners--, Reflect.apply(remove, signal, args)),
    });
    for (let i = 0; i < 5; i++) await refiner.refine('a', { signal });
    await all(refiner.stream('a', { signal }));
    assert.equal(listeners, 0);
  });
});

describe('disposing', () => {
  test('stops what runs and what waits; again is fine; nothing works afterwards', async () => {
    const refiner = await Refiner.load();
    let late = 0;
    let disposed = false;
    const running = refiner.refine(LONG, {
      onEvent() {
        if (disposed) late++;
        disposed = true;
        refiner.dispose();
      },
    });
    const waiting = refiner.refine('x');
    await assert.rejects(running, coded('disposed'));
    await assert.rejects(waiting, coded('disposed'));
    refiner.dispose();
    await assert.rejects(refiner.refine('x'), coded('disposed'));
    await assert.rejects(all(refiner.stream('x')), coded('disposed'));
    assert.equal(late, 0);
    assert.ok(refiner.model.bytes > 0);
    (await Refiner.load()).dispose();
  });

  test('Symbol.dispose', { skip: !Symbol.dispose && 'this runtime has none' }, async () => {
    const refiner = await Refiner.load();
    refiner[Symbol.dispose]();
    await assert.rejects(refiner.refine('x'), coded('disposed'));
  });
});
