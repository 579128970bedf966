// The package in Node, as a user imports it: programs without a model, entries, loading.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { RefineError, Refiner, execute, htmlToLines, htmlToText, init, parseProgram } from 'prox-wasm';
import { initSync } from 'prox-wasm/wasm/prox_wasm.js';

import { all, coded } from './support/asserts.mjs';
import { troubleServer } from './support/server.mjs';

const MODEL = new URL('../../pkg/model/prox-nano.gguf', import.meta.url);

describe('without a model', () => {
  test('a program is executed at once, without init', () => {
    const done = execute('Home\nThe text stays here.\nShare', 'remove_lines(line_start=0, line_end=0)');
    assert.equal(done.text, 'The text stays here.\nShare');
    assert.equal(done.kept, true);
    assert.equal(done.errors, 0);
    assert.deepEqual(done.removed, [[0, 0]]);
    assert.equal(done.edits.length, 1);
    const [edit] = done.edits;
    assert.equal(edit.op, 'remove_lines');
    assert.deepEqual(edit.op === 'remove_lines' && edit.lines, [0, 0]);
    assert.deepEqual(edit.span, [0, 5]);
    assert.equal(edit.before, 'Home\n');
    assert.equal(edit.after, '');
  });

  test('the official mode runs the released code', () => {
    const text = 'a b c d e f g h i j k l m n\nsecond line of the text, with words';
    const done = execute(text, 'normalize(source_str="a b", target_str="A B")', { mode: 'official' });
    assert.equal(done.text, text.replace('a b', 'A B'));
  });

  test('a document program drops the document', () => {
    const done = execute('one\ntwo', 'drop_doc()', { level: 'doc' });
    assert.equal(done.kept, false);
    assert.equal(done.text, '');
    assert.equal(done.edits[0].op, 'drop_doc');
  });

  test('spans count UTF-16 units', () => {
    const text = '😀 é 발표\nmenu 😀\nthe words that stay';
    const { edits } = execute(text, 'remove_lines(line_start=1, line_end=1)');
    assert.equal(text.slice(...edits[0].span), edits[0].before);
    assert.equal(edits[0].before, 'menu 😀\n');
    const normalized = execute(text, 'normalize(source_str="words", target_str="text")').edits[0];
    assert.equal(normalized.op, 'normalize');
    assert.equal(text.slice(...normalized.span), 'words');
    assert.equal(normalized.op === 'normalize' && normalized.count, 1);
  });

  test('nonsense programs give diagnostics, not exceptions', () => {
    const text = 'some\ntext';
    for (const program of ['', 'ｒｅｍｏｖｅ', 'remove_lines(', '\0\0', 'drop_table("x")'.repeat(1000), '\ud800(']) {
      const done = execute(text, program);
      assert.equal(done.text, text, program.slice(0, 40));
      assert.equal(done.kept, true);
    }
    assert.ok(execute(text, 'fly(line=1)').diagnostics.length > 0);
  });

  test('programs are parsed', () => {
    const program = 'keep_doc()\nremove_lines(line_start=3, line_end=4)\nnormalize(source_str="a", target_str="b")\nfly()';
    const { statements, diagnostics } = parseProgram(program);
    assert.deepEqual(
      statements.map(({ op }) => op),
      ['keep_doc', 'remove_lines', 'normalize'],
    );
    assert.deepEqual(statements[1], { op: 'remove_lines', first: 3, last: 4, line: 2, column: 1 });
    assert.deepEqual(statements[2], { op: 'normalize', source: 'a', target: 'b', line: 3, column: 1 });
    assert.equal(diagnostics.length, 1);
    assert.equal(diagnostics[0].severity, 'error');
    assert.equal(diagnostics[0].line, 4);
    assert.match(diagnostics[0].code, /^[a-z-]+$/);
  });

  test('HTML becomes text', () => {
    const text = htmlToText('<title>x</title><p>One &amp; <b>two</b></p><script>no()</script><ul><li>three</ul>');
    const lines = text.split('\n').map((line) => line.trim());
    assert.ok(lines.includes('One & two'), text);
    assert.ok(lines.some((line) => line.endsWith('three')));
    assert.ok(!text.includes('no()'));
    assert.deepEqual(htmlToLines('<p>One &amp; <b>two</b></p><li>three'), ['One & two', '• three']);
    assert.deepEqual(htmlToLines('<script>no()</script>'), []);
  });

  test('arguments of the wrong kind are refused', async () => {
    /** @type {any} */
    const wrong = 5;
    assert.throws(() => execute(wrong, ''), coded('invalid-argument', /text must be a string, but is 5/));
    assert.throws(() => execute('', wrong), coded('invalid-argument', /program/));
    assert.throws(() => execute('', '', { mode: wrong }), coded('invalid-argument', /mode/));
    assert.throws(() => execute('', '', { level: wrong }), coded('invalid-argument', /level/));
    assert.throws(() => execute('', '', { threshold1: NaN }), coded('invalid-argument', /threshold1/));
    assert.throws(() => execute('', '', { errorOp: 1.5 }), coded('invalid-argument', /errorOp/));
    assert.throws(() => execute('', '', wrong), coded('invalid-argument', /options/));
    assert.throws(() => parseProgram(wrong), coded('invalid-argument'));
    assert.throws(() => htmlToText(wrong), coded('invalid-argument'));
    assert.throws(() => htmlToLines(wrong), coded('invalid-argument'));
    await assert.rejects(Refiner.load({ backend: wrong }), coded('invalid-argument', /backend/));
    await assert.rejects(Refiner.load({ model: wrong }), coded('invalid-argument', /model/));
    await assert.rejects(Refiner.load({ memoryBudget: -1 }), coded('invalid-argument', /memoryBudget/));
    await assert.rejects(Refiner.load({ onProgress: wrong }), coded('invalid-argument', /onProgress/));
    await assert.rejects(Refiner.load({ signal: wrong }), coded('invalid-argument', /signal/));
    await assert.rejects(Refiner.load({ worker: wrong }), coded('invalid-argument', /worker/));
    assert.throws(() => Reflect.construct(Refiner, []), coded('invalid-argument', /Refiner\.load/));
  });

  test('init may be called, before or after, and again', async () => {
    await init();
    await Promise.all([init(), init({})]);
  });
});

describe('entries', () => {
  /** @param {string} source */
  function run(source) {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const done = spawnSync(process.execPath, ['--input-type=module', '-e', source], { cwd, encoding: 'utf8' });
    assert.equal(done.stderr, '');
    return done.stdout.trim();
  }

  test('the browser entry imports where there is no browser, and asks for init', () => {
    const source = `
      const { execute } = await import(${JSON.stringify(new URL('../../pkg/index.js', import.meta.url))});
      try { execute('', ''); } catch (error) { console.log(error.code, error.message); }`;
    assert.match(run(source), /^not-ready .*init\(\)/);
  });

  test('an import adds nothing to the global object, and the process ends by itself', () => {
    const source = `
      const before = Reflect.ownKeys(globalThis).length;
      await import('prox-wasm');
      console.log(Reflect.ownKeys(globalThis).length === before);`;
    assert.equal(run(source), 'true');
  });

  test('a bad wasm file is refused, and a good one works afterwards', () => {
    const source = `
      import { execute, init } from 'prox-wasm';
      await init({ wasm: new Uint8Array(8) }).catch((error) => console.log(error.code));
      await init({ wasm: '/no/such.wasm' }).catch((error) => console.log(error.code));
      await init({ wasm: 7 }).catch((error) => console.log(error.code));
      await init();
      console.log(execute('a', 'keep_chunk()').text);`;
    assert.deepEqual(run(source).split('\n'), ['unsupported', 'network', 'invalid-argument', 'a']);
  });

  test('other wasm sources: a module, a path', () => {
    const path = fileURLToPath(new URL('../../pkg/wasm/prox_wasm_bg.wasm', import.meta.url));
    for (const wasm of [
      `new WebAssembly.Module(readFileSync(${JSON.stringify(path)}))`,
      `readFileSync(${JSON.stringify(path)})`,
      JSON.stringify(path),
    ]) {
      const source = `
        import { readFileSync } from 'node:fs';
        import { execute, init } from 'prox-wasm';
        await init({ wasm: ${wasm} });
        console.log(execute('a', '').text);`;
      assert.equal(run(source), 'a', wasm);
    }
  });

  test('execute while init is under way keeps one instance', () => {
    const source = `
      import { Refiner, execute } from 'prox-wasm';
      const loading = Refiner.load();
      console.log(execute('a', '').text);
      const refiner = await loading;
      const { text } = await refiner.refine('b', { threshold: 0, docThreshold: 0 });
      console.log(text);`;
    assert.equal(run(source), 'a\nb');
  });
});

describe('loading', () => {
  /** @type {Awaited<ReturnType<typeof troubleServer>>} */
  let server;
  /** @type {Buffer} */
  let model;
  before(async () => {
    server = await troubleServer();
    model = await readFile(MODEL);
  });
  after(() => server.close());

  test('the bundled model, on the CPU', async () => {
    const refiner = await Refiner.load();
    assert.equal(refiner.model.bytes, model.length);
    assert.match(refiner.model.name, /nano/);
    assert.equal(refiner.backend.kind, 'cpu');
    assert.match(refiner.backend.reason, /WebAssembly/);
    refiner.dispose();
    const asked = await Refiner.load({ backend: 'cpu' });
    assert.match(asked.backend.reason, /asked for/);
    asked.dispose();
  });

  test('from every kind of source', async () => {
    const sources = {
      url: () => MODEL,
      'text of a url': () => MODEL.href,
      path: () => fileURLToPath(MODEL),
      'http url': () => `${server.origin}/pkg/model/prox-nano.gguf`,
      'http url without a length': () => `${server.origin}/unannounced-model`,
      response: () => new Response(model),
      'fetched response': () => fetch(`${server.origin}/pkg/model/prox-nano.gguf`),
      stream: () => new Blob([model]).stream(),
      blob: () => new Blob([model]),
      'array buffer': () => model.buffer.slice(model.byteOffset, model.byteOffset + model.length),
      bytes: () => new Uint8Array(model),
      'part of a buffer': () => new Uint8Array([0, ...model, 0]).subarray(1, -1),
    };
    for (const [name, source] of Object.entries(sources)) {
      const given = await source();
      const refiner = await Refiner.load({ model: given });
      assert.equal(refiner.model.bytes, model.length, name);
      if (given instanceof Uint8Array) assert.equal(given.length, model.length, 'the bytes stay the caller’s');
      refiner.dispose();
    }
  });

  test('progress counts bytes up to the total', async () => {
    for (const place of [MODEL, `${server.origin}/pkg/model/prox-nano.gguf`, `${server.origin}/unannounced-model`]) {
      /** @type {import('prox-wasm').LoadProgress[]} */
      const seen = [];
      const refiner = await Refiner.load({ model: place, onProgress: (progress) => seen.push(progress) });
      refiner.dispose();
      assert.deepEqual([...new Set(seen.map(({ phase }) => phase))], ['download', 'verify']);
      for (const phase of ['download', 'verify']) {
        const loaded = seen.filter((progress) => progress.phase === phase).map((progress) => progress.loaded);
        assert.equal(loaded[0], 0);
        assert.deepEqual(loaded, [...loaded].sort((a, b) => a - b));
        assert.equal(loaded.at(-1), model.length);
      }
      assert.equal(seen.at(-1)?.total, model.length);
    }
  });

  test('bad models are refused by name', async () => {
    const load = (/** @type {any} */ bytes) => Refiner.load({ model: bytes });
    await assert.rejects(load(new Uint8Array(0)), coded('invalid-model'));
    await assert.rejects(load(new TextEncoder().encode('no model at all, only text')), coded('invalid-model'));
    await assert.rejects(load(`${server.origin}/page-instead-of-model`), coded('invalid-model', /page-instead-of-model/));
    for (const cut of [4, 23, 24, 1000, model.length >> 1, model.length - 1]) {
      await assert.rejects(load(new Uint8Array(model.subarray(0, cut))), coded('invalid-model'), `cut at ${cut}`);
    }
    // Counts that claim more than the file holds.
    for (const at of [8, 16, 24, 40]) {
      const hostile = new Uint8Array(model);
      hostile.fill(0xff, at, at + 8);
      await assert.rejects(load(hostile), coded('invalid-model'), `hostile at ${at}`);
    }
    // And this thread still works.
    (await Refiner.load()).dispose();
  });

  test('trouble with the network has the status and the URL', async () => {
    const load = (/** @type {string} */ path) => Refiner.load({ model: server.origin + path });
    await assert.rejects(load('/pkg/none.gguf'), coded('network', /404.*\/pkg\/none\.gguf/));
    await assert.rejects(load('/broken-model'), coded('network', /503 Busy.*\/broken-model/));
    await assert.rejects(load('/short-model'), coded('network', /short-model/));
    await assert.rejects(Refiner.load({ model: 'http://127.0.0.1:9/model' }), coded('network', /127\.0\.0\.1:9/));
    await assert.rejects(Refiner.load({ model: '/no/such/model.gguf' }), coded('network', /no such file/));
    await assert.rejects(Refiner.load({ model: new Response('no', { status: 500 }) }), coded('network', /500/));
    const read = new Response('x');
    await read.text();
    await assert.rejects(Refiner.load({ model: read }), coded('invalid-argument', /read before/));
    const failing = new ReadableStream({
      pull() {
        throw new Error('the tape tore');
      },
    });
    await assert.rejects(Refiner.load({ model: failing }), coded('network', /the tape tore/));
  });

  test('the memory budget is kept, and both numbers are named', async () => {
    const budget = 1_000_000;
    const both = new RegExp(`${2 * model.length + 16 * 2 ** 20} bytes.*${budget} bytes`);
    await assert.rejects(Refiner.load({ memoryBudget: budget }), coded('memory-budget', both));
    await assert.rejects(Refiner.load({ memoryBudget: budget, model }), coded('memory-budget', both));
    // Of unknown length: refused while it grows.
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 20)) });
    await assert.rejects(Refiner.load({ memoryBudget: 2 ** 25, model: endless }), coded('memory-budget', /33554432/));
    (await Refiner.load({ memoryBudget: 2 ** 25 })).dispose();
  });

  test('a GPU that is demanded is refused, and so is a worker', async () => {
    await assert.rejects(Refiner.load({ backend: 'webgpu' }), coded('unsupported', /'webgpu' is not to be had: .*navigator\.gpu/));
    await assert.rejects(Refiner.load({ worker: true }), coded('unsupported'));
  });

  test('abort: before, while it downloads, at the last byte', async () => {
    const reason = new Error('enough');
    await assert.rejects(Refiner.load({ signal: AbortSignal.abort(reason) }), (error) => {
      assert.ok(error instanceof RefineError);
      return error.code === 'aborted' && error.cause === reason;
    });
    const hanging = [
      () => `${server.origin}/slow-model`,
      () => new ReadableStream({ pull: () => new Promise(() => {}) }),
    ];
    for (const model of hanging) {
      const controller = new AbortController();
      let late = 0;
      const loading = Refiner.load({
        model: model(),
        signal: controller.signal,
        onProgress: () => (late += Number(controller.signal.aborted)),
      });
      setTimeout(() => controller.abort(), 50);
      await assert.rejects(loading, coded('aborted'));
      assert.equal(late, 0);
    }
    const controller = new AbortController();
    const loading = Refiner.load({
      signal: controller.signal,
      onProgress({ loaded, total }) {
        assert.ok(!controller.signal.aborted, 'progress after the abort');
        if (loaded === total) controller.abort();
      },
    });
    await assert.rejects(loading, coded('aborted'));
  });

  test('loading and disposing again and again does not grow', async () => {
    const wasm = await readFile(new URL('../../pkg/wasm/prox_wasm_bg.wasm', import.meta.url));
    const { memory } = initSync({ module: wasm });
    const bytes = new Uint8Array(model);
    const once = async () => {
      const refiner = await Refiner.load({ model: bytes });
      await refiner.refine('one\ntwo');
      refiner.dispose();
    };
    for (let i = 0; i < 3; i++) await once();
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 20; i++) await once();
    assert.equal(memory.buffer.byteLength, before);
  });
});
