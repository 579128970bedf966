// Batches of the Cloudflare template, in workerd with R2 and queues, on a bad day (fixtures/faulty_worker.js).
// BATCH_DOCUMENTS=5000 node --test batches.test.mjs is the large run.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { LIMITED_WASM, prepare } from './support/files.mjs';
import { template } from './support/template.mjs';
import { until } from './support/until.mjs';

const COUNT = Number(process.env.BATCH_DOCUMENTS ?? 120);
const SEED = await readFile(new URL('../data/seed_page.txt', import.meta.url), 'utf8');
const GOLDEN = JSON.parse(await readFile(new URL('../data/seed_page.golden.json', import.meta.url), 'utf8'));

/** Documents that can't be refined, by the line they are put into, and why. */
const POISON = new Map([
  [7, { line: '{"id":"d7","text":', code: 'invalid-json' }],
  [30, { line: '{"id":"d30"}', code: 'invalid-record' }],
  [50, { line: JSON.stringify({ id: 'd50', text: '\n'.repeat(30_000) }), code: 'too-many-lines' }],
  [61, { line: JSON.stringify({ id: 'd61', text: 'a word here '.repeat(80_000) }), code: 'gave-up' }],
]);

await prepare();

describe('a batch', () => {
  /** @type {Awaited<ReturnType<typeof template>>} */
  let running;
  before(async () => {
    running = await template({
      bindings: { API_TOKEN: 'secret' },
      entry: 'fixtures/faulty_worker.js',
      wasm: LIMITED_WASM,
    });
  });
  after(() => running?.close());

  const ask = (/** @type {string} */ path, /** @type {any} */ init = {}) =>
    fetch(running.origin + path, { ...init, headers: { authorization: 'Bearer secret', ...init.headers } });
  const progress = async (/** @type {string} */ batch) => (await ask(`/batches/${batch}`)).json();
  const results = async (/** @type {string} */ batch) => {
    const text = await (await ask(`/batches/${batch}/results`)).text();
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  test('has one outcome for each document, whatever happens', async () => {
    const texts = Array.from({ length: COUNT }, (_, i) => `${SEED.slice(0, 200 + (i % 40))} This is document ${i}.`);
    const lines = texts.map((text, i) => POISON.get(i)?.line ?? JSON.stringify({ id: `d${i}`, text }));
    const body = `${lines.join('\n')}\n\n`;
    const started = Date.now();
    // Dropped twice, as by somebody who was not sure.
    for (let i = 0; i < 2; i++)
      assert.equal((await ask('/batches/b1/docs.jsonl', { method: 'PUT', body })).status, 202);
    await until(async () => (await progress('b1')).done, 60_000 + 100 * COUNT);
    const seconds = (Date.now() - started) / 1000;
    const { documents, refined, dead } = await progress('b1');
    assert.equal(documents, COUNT);
    assert.equal(refined + dead, COUNT);
    const outcomes = await results('b1');
    assert.deepEqual(
      outcomes.map(({ line }) => line),
      lines.map((_, line) => line),
    );
    for (const { line, id, input, program, stats, error } of outcomes) {
      const code = POISON.get(line)?.code;
      if (code || error) {
        // A document that is none of the poisoned ones may have been killed too often.
        assert.equal(error.code, code ?? 'gave-up', `document ${line}`);
        assert.equal(typeof error.message, 'string');
      } else {
        assert.deepEqual([id, input, typeof program], [`d${line}`, undefined, 'string']);
        assert.equal(stats.bytesIn, Buffer.byteLength(texts[line]));
      }
    }
    assert.equal(outcomes.filter(({ error }) => error).length, dead);
    const bucket = await running.miniflare.getR2Bucket('BATCHES');
    const manifest = await (await bucket.get('manifests/b1.json'))?.json();
    assert.deepEqual(manifest, { batch: 'b1', objects: 1, split: 1, documents, refined, dead, done: true });
    console.log(`${COUNT} documents in ${seconds.toFixed(1)} s: ${refined} refined, ${dead} dead`);
  });

  test('takes texts and pages, and objects that R2 tells of', async () => {
    await ask('/batches/b2/seed.txt', { method: 'PUT', body: SEED });
    await ask('/batches/b2/page.html', { method: 'PUT', body: '<p>One &amp; two' });
    await until(async () => (await progress('b2')).done);
    const [page, text] = await results('b2');
    assert.deepEqual([page.name, page.input], ['page.html', 'One & two']);
    assert.deepEqual([text.name, text.program], ['seed.txt', GOLDEN.program]);
  });

  test('keeps to its token and its names', async () => {
    for (const authorization of ['', 'Bearer wrong', 'secret']) {
      const response = await ask('/batches/b3/x.txt', { method: 'PUT', body: 'x', headers: { authorization } });
      assert.equal(response.status, 401);
      await response.text();
    }
    for (const [path, method, status] of /** @type {[string, string, number][]} */ ([
      ['/batches/', 'GET', 404],
      ['/batches/a%2Fb', 'GET', 404],
      ['/batches/b3/x.exe', 'PUT', 415],
      ['/batches/b3/nothing', 'GET', 404],
      ['/batches/b3/x/y.txt', 'PUT', 404],
      ['/batches/b3', 'DELETE', 405],
    ])) {
      const response = await ask(path, { method, ...(method === 'PUT' && { body: 'x' }) });
      assert.equal(response.status, status, path);
      await response.text();
    }
    assert.equal((await progress('b3')).done, false);
  });
});
