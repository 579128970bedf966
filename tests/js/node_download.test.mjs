// Models that come over a network that fails, in parts, or changed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { Refiner, refineMany } from 'prox-wasm';

import { BUNDLED_SHA256 } from '../../pkg/lib/bundled.js';
import { all, coded } from './support/asserts.mjs';
import { serve } from './serve.mjs';

/** @typedef {import('./serve.mjs').Route} Route */

describe('downloading a model', () => {
  /** @type {Buffer} */
  let model;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let server;
  /** Requests seen, by path. @type {Map<string, string[]>} */
  const seen = new Map();
  const sha = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');

  /** Answers ranges, and breaks off after so many bytes the first few times. @param {number} breaks @param {Record<string, string>} headers @returns {Route} */
  const breaking = (breaks, headers) => (request, response) => {
    const path = String(request.url);
    const times = (seen.get(path) ?? seen.set(path, []).get(path))?.push(String(request.headers.range ?? '')) ?? 0;
    const from = Number(/bytes=(\d+)-/.exec(String(request.headers.range ?? ''))?.[1] ?? 0);
    const isRange = request.headers.range !== undefined && request.headers['if-range'] === (headers.ETag ?? headers['Last-Modified']);
    const start = isRange ? from : 0;
    const range = isRange ? { 'Content-Range': `bytes ${start}-${model.length - 1}/${model.length}` } : {};
    response.writeHead(isRange ? 206 : 200, { ...headers, ...range, 'Content-Length': model.length - start });
    if (times > breaks) response.end(model.subarray(start));
    else response.write(model.subarray(start, start + 700_000), () => setTimeout(() => response.socket?.destroy(), 20));
  };

  before(async () => {
    model = await readFile(new URL('../../pkg/model/prox-nano.gguf', import.meta.url));
    const cut = [0, 1_000_000, 2_500_000, model.length];
    const shards = cut.slice(1).map((end, index) => model.subarray(cut[index], end));
    const files = shards.map((bytes, index) => ({ path: `shard-${index}`, bytes: bytes.length, sha256: sha(bytes) }));
    let busy = 2;
    let version = 0;
    const json = (/** @type {unknown} */ value) => /** @type {Route} */ ((_, response) => response.end(JSON.stringify(value)));
    server = await serve({
      routes: {
        '/tagged': breaking(3, { ETag: '"one"' }),
        '/dated': breaking(1, { 'Last-Modified': 'Tue, 24 Nov 2026 00:00:00 GMT' }),
        '/untagged': breaking(1, {}),
        '/weak': breaking(1, { ETag: 'W/"one"' }),
        '/hopeless': breaking(99, { ETag: '"one"' }),
        '/changing': (request, response) => breaking(1, { ETag: `"${version++}"` })(request, response),
        '/busy': (_, response) => (busy-- > 0 ? response.writeHead(503).end() : response.end(model)),
        '/gone': (request, response) => {
          seen.set('/gone', [...(seen.get('/gone') ?? []), '']);
          response.writeHead(404).end();
        },
        '/model.json': json({ files }),
        '/damaged.json': json({ files: files.map((file, index) => (index === 1 ? { ...file, sha256: sha(model) } : file)) }),
        '/short.json': json({ files: files.map((file, index) => (index === 1 ? { ...file, bytes: file.bytes + 1 } : file)) }),
        '/empty.json': json({ files: [] }),
        '/unhashed.json': json({ files: [{ path: 'shard-0', bytes: 1 }] }),
        '/none.json': (_, response) => response.end('no JSON'),
        ...Object.fromEntries(shards.map((bytes, index) => [`/shard-${index}`, /** @type {Route} */ ((_, response) => response.end(bytes))])),
      },
    });
  });
  after(() => server.close());

  /** @param {string} path @param {object} [options] */
  const load = async (path, options) => {
    const refiner = await Refiner.load({ model: server.origin + path, ...options });
    refiner.dispose();
    return refiner.model.bytes;
  };

  test('the hash that browsers check the bundled model against is its', () => assert.equal(BUNDLED_SHA256, sha(model)));

  test('goes on where the connection broke', async () => {
    /** @type {number[]} */
    const loaded = [];
    const onProgress = (/** @type {any} */ progress) => progress.phase === 'download' && loaded.push(progress.loaded);
    assert.equal(await load('/tagged', { sha256: sha(model), onProgress }), model.length);
    const starts = seen.get('/tagged')?.map((range) => Number(/\d+/.exec(range)?.[0] ?? 0));
    assert.equal(starts?.length, 4);
    assert.deepEqual(starts, [...(starts ?? [])].sort((a, b) => a - b));
    assert.ok(starts && starts[3] > starts[1]);
    assert.deepEqual(loaded, [...loaded].sort((a, b) => a - b));
    assert.equal(await load('/dated'), model.length);
  });

  test('does not glue two versions of a file together, nor goes on for ever', async () => {
    for (const path of ['/untagged', '/weak', '/changing']) await assert.rejects(load(path), coded('network'));
    const before = Date.now();
    await assert.rejects(load('/hopeless', { signal: AbortSignal.timeout(700) }), coded('aborted'));
    assert.ok(Date.now() - before < 20_000);
  });

  test('asks again where the server is busy, not where the file is missing', async () => {
    assert.equal(await load('/busy'), model.length);
    await assert.rejects(load('/gone'), coded('network', /404/));
    assert.equal(seen.get('/gone')?.length, 1);
  });

  test('a hash that does not fit is refused, whatever the source', async () => {
    const wrong = '0'.repeat(64);
    await assert.rejects(load('/busy', { sha256: wrong }), coded('integrity', /0000.*loading again/));
    for (const source of [model, new Blob([model]), new Response(model)]) {
      await assert.rejects(Refiner.load({ model: source, sha256: wrong }), coded('integrity'));
    }
    await assert.rejects(all(refineMany(['a'], { model, sha256: wrong })), coded('integrity'));
    (await Refiner.load({ model: new Blob([model]), sha256: sha(model).toUpperCase() })).dispose();
    await assert.rejects(Refiner.load({ sha256: 'abc' }), coded('invalid-argument', /sha256/));
  });

  test('a manifest: its files in order, each checked', async () => {
    /** @type {any[]} */
    const told = [];
    assert.equal(await load('/model.json', { onProgress: (/** @type {any} */ progress) => told.push(progress) }), model.length);
    assert.ok(told.every(({ total }) => total === model.length));
    await assert.rejects(load('/damaged.json'), coded('integrity', /shard-1/));
    await assert.rejects(load('/short.json'), coded('integrity', /shard-1.*bytes/));
    for (const path of ['/empty.json', '/unhashed.json', '/none.json']) {
      await assert.rejects(load(path), coded('invalid-model', /manifest/));
    }
    await assert.rejects(load('/model.json', { memoryBudget: 20e6 }), coded('memory-budget'));
  });
});
