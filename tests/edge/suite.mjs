// What every runtime has to answer to requests, the same from each.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { until } from './support/until.mjs';

/** @import { EdgeHealth } from 'prox-wasm/edge' */

const at = (/** @type {string} */ name) => readFile(new URL(`../data/${name}`, import.meta.url), 'utf8');
const [SEED, GOLDEN, PAGE, PAGE_TEXT] = await Promise.all([
  at('seed_page.txt'),
  at('seed_page.golden.json').then(JSON.parse),
  at('html/article.html'),
  at('html/article.txt'),
]);
const ENCODER = new TextEncoder();
const PROGRAM = 'remove_lines(line_start=0, line_end=0)';

/** @param {string} origin */
export function suite(origin) {
  /**
   * @param {string} path
   * @param {string | null} type
   * @param {any} body
   * @param {RequestInit & { headers?: Record<string, string> }} [more]
   */
  const post = (path, type, body, { headers, ...more } = {}) =>
    fetch(origin + path, {
      method: 'POST',
      // Where something in between packs the answer, its parts come late.
      headers: { 'accept-encoding': 'identity', ...(type && { 'content-type': type }), ...headers },
      body,
      .../** @type {any} */ ({ duplex: 'half' }),
      ...more,
    });
  const json = (/** @type {string} */ path, /** @type {object} */ record) =>
    post(path, 'application/json', JSON.stringify(record));
  const ndjson = (/** @type {string} */ path, /** @type {(object | string)[]} */ lines) =>
    post(
      path,
      'application/x-ndjson',
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
  const records = async (/** @type {Response} */ response) => {
    assert.equal(response.status, 200);
    return parsed(await response.text());
  };
  /** @returns {Promise<any>} */
  const health = async (name = 'open') => (await fetch(`${origin}/${name}/healthz`)).json();
  /** The error of an answer with this status. @param {Response} response @param {number} status */
  const refused = async (response, status) => {
    const body = await response.json();
    assert.equal(response.status, status, JSON.stringify(body));
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(typeof body.error.message, 'string');
    return body.error;
  };

  describe('texts and pages', () => {
    test('the seed page: the program and the text of the native command line', async () => {
      const response = await post('/open/refine', 'text/plain; charset=UTF-8', SEED);
      const result = await response.json();
      assert.equal(result.program, GOLDEN.program);
      assert.equal(result.text, GOLDEN.text);
      const found = [result.document, ...result.lines].map(({ keep }) => keep);
      assert.deepEqual(found, [GOLDEN.document, ...GOLDEN.lines]);
      assert.equal(response.headers.get('prox-kept'), 'true');
      assert.ok(!('id' in result) && !('input' in result));
    });

    test('as plain text, and dropped', async () => {
      const kept = await post('/open/refine', 'text/plain', SEED, { headers: { accept: 'text/plain' } });
      assert.equal(await kept.text(), GOLDEN.text);
      const dropped = await post('/open/refine?docThreshold=1', 'text/plain', SEED, {
        headers: { accept: 'text/plain' },
      });
      assert.equal(await dropped.text(), '');
      assert.equal(dropped.headers.get('prox-kept'), 'false');
    });

    test('a page: its text is what the edits mean', async () => {
      const result = await (await post('/open/refine?level=chunk', 'text/html', PAGE)).json();
      assert.equal(result.input, PAGE_TEXT.replace(/\n$/, ''));
      assert.ok(result.edits.length > 0);
      for (const { span, before } of result.edits) assert.equal(result.input.slice(...span), before);
      const record = await (await json('/open/refine?level=chunk', { id: 'page', html: PAGE })).json();
      assert.deepEqual(record, { id: 'page', ...result });
    });

    test('events as they come', async () => {
      const headers = { accept: 'application/x-ndjson' };
      const events = await records(await post('/open/refine', 'text/plain', SEED, { headers }));
      assert.deepEqual([...new Set(events.map(({ type }) => type))], ['chunk', 'document', 'edit', 'done']);
      assert.equal(events.at(-1).result.program, GOLDEN.program);
    });

    test('options and fields in the query', async () => {
      const path = '/open/refine?threshold=0&docThreshold=0&normalize=false&fields=text,kept';
      const result = await (await json(path, { id: [1], text: SEED })).json();
      assert.deepEqual(result, { id: [1], text: SEED, kept: true });
      for (const query of [
        'threshold=2',
        'threshold=',
        'normalize=1',
        'level=line',
        'mode=official',
        'oops=1',
        '__proto__=1',
      ]) {
        const { code, message } = await refused(
          await post(`/open/refine?${query}`, 'text/plain', ''),
          query === 'mode=official' ? 501 : 400,
        );
        assert.ok(code === 'invalid-argument' || code === 'unsupported', message);
      }
    });

    test('texts that ask at the same time are not mixed up', async () => {
      const texts = Array.from(
        { length: 12 },
        (_, i) => `${SEED}\nThis is the ${i}th of the texts that came at the same time.`,
      );
      const ask = async (/** @type {string} */ text) => {
        for (;;) {
          const response = await post(
            '/open/refine?threshold=0&docThreshold=0&normalize=false&fields=text',
            'text/plain',
            text,
          );
          if (response.status !== 429) return (await response.json()).text;
          await response.body?.cancel();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      assert.deepEqual(await Promise.all(texts.map(ask)), texts);
    });
  });

  describe('programs', () => {
    test('a program is executed, with options in the query or in the record', async () => {
      const record = { id: 7, text: 'Home\nThe text stays.', program: PROGRAM };
      const done = await (await json('/open/execute', record)).json();
      assert.equal(done.text, 'The text stays.');
      assert.equal(done.id, 7);
      assert.deepEqual(done.removed, [[0, 0]]);
      const text = await post('/open/execute', 'application/json', JSON.stringify(record), {
        headers: { accept: 'text/plain' },
      });
      assert.equal(await text.text(), 'The text stays.');
      const drop = { ...record, program: 'drop_doc()' };
      assert.equal((await (await json('/bare/execute?level=doc&fields=kept', drop)).json()).kept, false);
      assert.equal((await (await json('/bare/execute?fields=kept', { ...drop, level: 'doc' })).json()).kept, false);
    });

    test('a stream of them', async () => {
      const answers = await records(
        await ndjson('/bare/execute?fields=text', [
          { id: 1, text: 'a\nb', program: PROGRAM },
          { id: 2, text: 'a' },
          { text: 'a\nb', program: '' },
        ]),
      );
      assert.deepEqual(answers[0], { id: 1, text: 'b' });
      assert.equal(answers[1].error.code, 'invalid-record');
      assert.deepEqual(answers[2], { id: null, text: 'a\nb' });
    });

    test('without a model nothing is refined', async () => {
      assert.equal((await refused(await post('/bare/refine', 'text/plain', 'x'), 501)).code, 'unsupported');
      assert.equal((await refused(await ndjson('/bare/refine', [{ text: 'x' }]), 501)).code, 'unsupported');
    });
  });

  describe('streams', () => {
    test('100 pages, in order', async () => {
      const pages = Array.from({ length: 100 }, (_, i) => ({ id: `p${i}`, text: `${i} ${SEED.slice(0, 400 + i)}` }));
      const answers = await records(
        await ndjson('/open/refine?threshold=0&docThreshold=0&normalize=false&fields=text', pages),
      );
      assert.deepEqual(answers, pages);
    });

    test('bad lines get errors in their places, and the stream goes on', async () => {
      const lines = [
        { id: 1, text: 'x' },
        '{"id":2,',
        '[]',
        '{"id":3,"text":4}',
        '',
        '{"id":4,"text":"a","html":"b"}',
        '\r',
        { id: 5, text: 'y' },
      ];
      const answers = await records(await ndjson('/open/refine?threshold=0&docThreshold=0&fields=text', lines));
      assert.deepEqual(
        answers.map(({ id, line, text, error }) => [id, line ?? text, error?.code ?? null]),
        [
          [1, 'x', null],
          [null, 2, 'invalid-json'],
          [null, 3, 'invalid-record'],
          [3, 4, 'invalid-record'],
          [4, 6, 'invalid-record'],
          [5, 'y', null],
        ],
      );
      const bytes = Buffer.concat([
        Buffer.from('{"id":1,"text":"x'),
        Buffer.from([0xff]),
        Buffer.from('"}\n{"id":2,"text":"y"}\n'),
      ]);
      const [first, second] = await records(await post('/open/refine', 'application/x-ndjson', bytes));
      assert.equal(first.error.code, 'invalid-utf8');
      assert.equal(first.error.offset, 17);
      assert.equal(second.id, 2);
    });

    test('lines and streams over their limits', async () => {
      const long = { id: 1, text: 'x'.repeat(5000) };
      const answers = await records(
        await ndjson('/narrow/refine', [long, { id: 2, text: 'y' }, { id: 3, text: '\n'.repeat(50) }]),
      );
      assert.deepEqual(
        answers.map(({ id, error }) => [id, error?.code ?? null]),
        [
          [null, 'body-too-large'],
          [2, null],
          [3, 'too-many-lines'],
        ],
      );
      const many = chunked(
        Array.from({ length: 10 }, () => JSON.stringify({ id: 1, text: 'z'.repeat(2500) })).join('\n'),
      );
      const cut = await records(await post('/narrow/refine', 'application/x-ndjson', many));
      assert.equal(cut.at(-1).error.code, 'body-too-large');
      assert.equal(cut.at(-1).error.limit, 20_000);
    });

    test('answers come while the request is still being sent, and only so many at a time', async () => {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const send = (/** @type {object} */ record) => writer.write(ENCODER.encode(`${JSON.stringify(record)}\n`));
      send({ id: 1, text: 'x' });
      const response = await post('/narrow/refine?fields=kept', 'application/x-ndjson', readable);
      const reader = lineReader(response);
      assert.equal((await reader.next()).id, 1);
      const busy = await post('/narrow/refine', 'text/plain', 'x');
      assert.equal(busy.headers.get('retry-after'), '1');
      assert.equal((await refused(busy, 429)).code, 'too-many-requests');
      send({ id: 2, text: 'y' });
      assert.equal((await reader.next()).id, 2);
      await writer.close();
      assert.equal(await reader.next(), null);
      await until(async () => (await health('narrow')).busy === 0);
      assert.equal((await post('/narrow/refine', 'text/plain', 'x')).status, 200);
    });

    test('a client that goes away stops the work', async () => {
      const { documents: before } = await health();
      const gone = new AbortController();
      const lines = Array.from({ length: 2000 }, (_, id) => ({ id, text: SEED }));
      const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const response = await post('/open/refine', 'application/x-ndjson', body, { signal: gone.signal });
      assert.equal((await lineReader(response).next()).id, 0);
      gone.abort();
      await until(async () => (await health()).busy === 0);
      const { documents } = await health();
      assert.ok(documents - before < lines.length, `${documents - before} documents were refined`);
      // Nothing goes on in the dark: of later documents only this one is counted.
      await post('/open/refine', 'text/plain', SEED).then((answer) => answer.text());
      assert.equal((await health()).documents, documents + 1);
    });
  });

  describe('refusals', () => {
    test('methods and paths', async () => {
      for (const [path, method] of [
        ['/open/refine', 'GET'],
        ['/open/execute', 'PUT'],
        ['/open/healthz', 'POST'],
        ['/open/refine', 'DELETE'],
      ]) {
        const response = await fetch(origin + path, { method });
        assert.match(response.headers.get('allow') ?? '', /OPTIONS/);
        assert.equal((await refused(response, 405)).code, 'method-not-allowed');
      }
      for (const path of ['/open/', '/open/refine/', '/open/nothing']) {
        assert.equal((await refused(await post(path, 'text/plain', ''), 404)).code, 'not-found');
      }
    });

    test('content types, charsets, encodings', async () => {
      for (const type of ['image/png', 'text/plain; charset=latin1', 'application/jsonx', '']) {
        const error = await refused(await post('/open/refine', type, ENCODER.encode('x')), 415);
        assert.equal(error.code, 'unsupported-media-type');
      }
      assert.equal((await refused(await post('/open/execute', 'text/plain', 'x'), 415)).code, 'unsupported-media-type');
      const packed = post('/open/refine', 'text/plain', 'x', { headers: { 'content-encoding': 'gzip' } });
      assert.equal((await refused(await packed, 415)).code, 'unsupported-media-type');
    });

    test('what is no UTF-8, with the byte where it begins', async () => {
      for (const [bytes, offset] of /** @type {[number[], number][]} */ ([
        [[0x61, 0xff], 1],
        [[0xc3, 0xa9, 0xed, 0xa0, 0x80], 2],
        [[0xef, 0xbb, 0xbf, 0x61, 0xc0, 0xaf], 4],
        [[0x61, 0xf0, 0x9f, 0x98], 1],
        [[0xf4, 0x90, 0x80, 0x80], 0],
      ])) {
        const error = await refused(await post('/open/refine', 'text/plain', new Uint8Array(bytes)), 400);
        assert.deepEqual([error.code, error.offset], ['invalid-utf8', offset]);
      }
    });

    test('what is no JSON, or not the right one', async () => {
      for (const [body, code] of [
        ['{', 'invalid-json'],
        ['', 'invalid-json'],
        ['5', 'invalid-record'],
        ['{"id":1}', 'invalid-record'],
      ]) {
        assert.equal((await refused(await post('/open/refine', 'application/json', body), 400)).code, code);
      }
      const deep = '['.repeat(200_000);
      assert.match((await refused(await post('/open/refine', 'application/json', deep), 400)).code, /^invalid-json/);
    });

    test('too large: announced, found while reading, too many lines', async () => {
      for (const body of ['x'.repeat(4001), chunked('x'.repeat(4001))]) {
        const error = await refused(await post('/narrow/refine', 'text/plain', body), 413);
        assert.deepEqual([error.code, error.limit], ['body-too-large', 4000]);
      }
      assert.equal(
        (await refused(await post('/narrow/refine', 'text/plain', '\n'.repeat(50)), 413)).code,
        'too-many-lines',
      );
      await until(async () => (await health('narrow')).busy === 0);
    });

    test('tokens', async () => {
      for (const authorization of [
        '',
        'Bearer',
        'Bearer wrong',
        'Basic one-token',
        'Bearer one-tokenx',
        'Bearer one-toke',
      ]) {
        const response = await post('/guarded/refine', 'text/plain', 'x', { headers: { authorization } });
        assert.equal(response.headers.get('www-authenticate'), 'Bearer');
        assert.equal((await refused(response, 401)).code, 'unauthorized');
      }
      for (const authorization of ['Bearer one-token', 'bearer another']) {
        const response = await post('/guarded/refine?fields=kept', 'text/plain', 'x', { headers: { authorization } });
        assert.equal(response.status, 200);
        await response.text();
      }
      assert.deepEqual(await health('guarded'), { status: 'ok' });
      const told = await fetch(`${origin}/guarded/healthz`, { headers: { authorization: 'Bearer another' } });
      assert.equal((await told.json()).capacity, 4);
    });

    test('what goes wrong in here is not told to the world', async () => {
      const error = await refused(await post('/broken/refine', 'text/plain', 'x'), 500);
      assert.deepEqual(error, { code: 'internal', message: 'something went wrong here' });
      await refused(await post('/broken/refine', 'text/plain', 'x'), 500);
      assert.equal((await health('broken')).busy, 0);
    });
  });

  describe('scripts of other origins', () => {
    const preflight = (/** @type {string} */ name, /** @type {string} */ from) =>
      fetch(`${origin}/${name}/refine`, {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST' },
      });

    test('are let in where they may come', async () => {
      const asked = await preflight('open', 'https://anywhere.example');
      assert.equal(asked.status, 204);
      assert.equal(asked.headers.get('access-control-allow-origin'), '*');
      assert.match(asked.headers.get('access-control-allow-headers') ?? '', /authorization/i);
      const listed = await preflight('guarded', 'https://pages.example');
      assert.equal(listed.headers.get('access-control-allow-origin'), 'https://pages.example');
      assert.equal(listed.headers.get('vary')?.toLowerCase(), 'origin');
      const answer = await post('/open/refine', 'text/plain', '\xff', {
        headers: { origin: 'https://anywhere.example' },
      });
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      await answer.text();
      const refusal = await post('/guarded/refine', 'text/plain', 'x', {
        headers: { origin: 'https://pages.example' },
      });
      assert.equal(refusal.status, 401);
      assert.equal(
        refusal.headers.get('access-control-allow-origin'),
        'https://pages.example',
        'errors can be read too',
      );
      await refusal.text();
    });

    test('and nowhere else', async () => {
      for (const [name, from] of [
        ['guarded', 'https://other.example'],
        ['bare', 'https://pages.example'],
      ]) {
        assert.equal((await preflight(name, from)).headers.get('access-control-allow-origin'), null);
      }
    });
  });

  describe('a trap', () => {
    const large = 'a word here '.repeat(80_000);

    test('ends its document, and the next one is refined', async () => {
      const good = () => post('/limited/refine', 'text/plain', SEED);
      assert.equal((await (await good()).json()).program, GOLDEN.program);
      for (let i = 0; i < 3; i++) {
        const { restarts } = await health('limited');
        const { code, message } = await refused(await post('/limited/refine', 'text/plain', large), 500);
        assert.equal(code, 'internal');
        assert.match(message, /WebAssembly stopped/);
        assert.equal((await (await good()).json()).program, GOLDEN.program);
        assert.equal((await health('limited')).restarts, restarts + 1);
      }
    });

    test('in the middle of a stream and beside others', async () => {
      const [answers, ...beside] = await Promise.all([
        ndjson('/limited/refine?fields=program', [
          { id: 1, text: SEED },
          { id: 2, text: large },
          { id: 3, text: SEED },
        ]).then(records),
        ...[0, 1].map(async () => (await post('/limited/refine?fields=program', 'text/plain', SEED)).json()),
      ]);
      assert.deepEqual(answers[0], { id: 1, program: GOLDEN.program });
      assert.equal(answers[1].error.code, 'internal');
      assert.deepEqual(answers[2], { id: 3, program: GOLDEN.program });
      for (const { program } of beside) assert.equal(program, GOLDEN.program);
    });
  });
}

/** @param {string} text @returns {any[]} */
function parsed(text) {
  assert.ok(text === '' || text.endsWith('\n'), 'cut off');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** A body whose length is not announced. @param {string} text */
function chunked(text) {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < text.length; at += 1000) controller.enqueue(ENCODER.encode(text.slice(at, at + 1000)));
      controller.close();
    },
  });
}

/** The records of an answer one by one, null at the end. @param {Response} response */
function lineReader({ status, body }) {
  assert.equal(status, 200);
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    /** @returns {Promise<any>} */
    async next() {
      while (!text.includes('\n')) {
        const { done, value } = await reader.read();
        if (done) return null;
        text += value;
      }
      const end = text.indexOf('\n');
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return JSON.parse(line);
    },
  };
}
