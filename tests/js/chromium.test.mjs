// The package in a real Chromium, under the page's Content-Security-Policy.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open } from './support/chromium.mjs';
import { longText, seed } from './support/seed.mjs';
import { troubleServer } from './support/server.mjs';

const LONG = longText(2000);

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof troubleServer>>} */
let server;
/** @type {Awaited<ReturnType<typeof seed>>} */
let page0;

before(async () => {
  // One after the other: what was started before something fails is known, and ended.
  browser = await launch();
  server = await troubleServer();
  page0 = await seed();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/**
 * Runs `work` in an empty page with the package as `prox` and a helper that names the code of a rejection.
 * @template T, A
 * @param {(prox: typeof import('prox-wasm'), argument: A, codeOf: (promise: Promise<any>) => Promise<string>) => T} work
 * @param {A} [argument]
 * @param {string[]} [expected] problems that belong to the test
 * @param {string} [origin]
 * @returns {Promise<Awaited<T>>}
 */
async function inPage(work, argument, expected = [], origin = server.origin) {
  const { page, context, problems } = await open(browser, `${origin}/blank`);
  try {
    // Compiled by the debugger's own call, which the policy does not bind; `eval` it would.
    const source = `async ({ argument }) => {
      const prox = await import('/pkg/index.js');
      const codeOf = (promise) => promise.then(() => 'none', (error) => error.code ?? String(error));
      return (${work})(prox, argument, codeOf);
    }`;
    const run = await page.evaluateHandle(`(${source})`);
    const value = await page.evaluate(([f, argument]) => f({ argument }), [run, argument]);
    const unexpected = problems.filter((problem) => !expected.some((part) => problem.includes(part)));
    assert.deepEqual(unexpected, []);
    return /** @type {any} */ (value);
  } finally {
    await context.close();
  }
}

describe('the package', () => {
  for (const worker of [true, false]) {
    test(`the seed page ${worker ? 'in a worker' : 'in the window'}: the native program`, async () => {
      const { result, workers } = await inPage(
        async ({ Refiner }, { text, worker }) => {
          const refiner = await Refiner.load({ worker });
          const result = await refiner.refine(text);
          const workers = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/worker.js')).length;
          refiner.dispose();
          return { result, workers };
        },
        { text: page0.text, worker },
      );
      assert.equal(result.program, page0.golden.program);
      assert.equal(result.text, page0.golden.text);
      const found = [result.document, ...result.lines].map(({ keep }) => keep);
      assert.deepEqual(found, [page0.golden.document, ...page0.golden.lines]);
      assert.equal(workers, worker ? 1 : 0);
    });
  }

  test('a worker by default, which dispose ends', async () => {
    const { page, context } = await open(browser, `${server.origin}/blank`);
    await page.evaluate(async () => {
      const { Refiner } = await import(/** @type {any} */ ('/pkg/index.js'));
      Object.assign(window, { refiner: await Refiner.load() });
    });
    assert.equal(page.workers().length, 1);
    const ended = page.workers()[0].waitForEvent('close');
    await page.evaluate(() => /** @type {any} */ (window).refiner.dispose());
    await ended;
    assert.equal(page.workers().length, 0);
    await context.close();
  });

  test('execute says that it is not ready, and is after init', async () => {
    const [early, text] = await inPage(async ({ execute, init }) => {
      let early = '';
      try {
        execute('a', '');
      } catch (error) {
        early = `${/** @type {any} */ (error).code}: ${/** @type {any} */ (error).message}`;
      }
      await init();
      return [early, execute('menu\nwords', 'remove_lines(line_start=0, line_end=0)').text];
    });
    assert.match(early, /^not-ready: .*init\(\)/);
    assert.equal(text, 'words');
  });

  test('the executor entry: ready after init, and loads nothing of the models', async () => {
    const { page, context, problems } = await open(browser, `${server.origin}/blank`);
    const seen = await page.evaluate(async () => {
      const prox = await import(/** @type {any} */ ('/pkg/executor.js'));
      let early = '';
      try {
        prox.execute('a', '');
      } catch (error) {
        early = /** @type {any} */ (error).code;
      }
      await prox.init();
      const text = 'menu 😀\nwords';
      const { edits, text: refined } = prox.execute(text, 'remove_lines(line_start=0, line_end=0)');
      const names = performance.getEntriesByType('resource').map(({ name }) => name.slice(location.origin.length));
      return { early, refined, back: prox.undo(text, edits, [0]).text, span: edits[0].span, names };
    });
    await context.close();
    assert.deepEqual([seen.early, seen.refined, seen.back, seen.span], ['not-ready', 'words', 'menu 😀\nwords', [0, 8]]);
    assert.ok(seen.names.includes('/pkg/wasm/prox_executor_bg.wasm'));
    assert.ok(!seen.names.some((name) => /prox_wasm|gguf|refiner|worker/.test(name)), seen.names.join(' '));
    assert.deepEqual(problems, []);
  });

  test('execute works after Refiner.load with a worker', async () => {
    const text = await inPage(async ({ Refiner, execute, htmlToText }) => {
      const refiner = await Refiner.load();
      refiner.dispose();
      return execute(htmlToText('<p>one</p><p>two</p>'), 'keep_chunk()').text;
    });
    assert.match(text, /one\s+two/);
  });

  test('a wasm file without its type, a broken one, other sources', async () => {
    const untyped = ({ init, execute }) => init({ wasm: '/untyped.wasm' }).then(() => execute('a', '').text);
    assert.equal(await inPage(untyped), 'a');
    const response = async ({ init, execute }) => {
      await init({ wasm: await fetch('/pkg/wasm/prox_wasm_bg.wasm') });
      return execute('a', '').text;
    };
    assert.equal(await inPage(response), 'a');
    const broken = async ({ init, execute }, _, codeOf) => {
      const codes = [await codeOf(init({ wasm: '/broken.wasm' })), await codeOf(init({ wasm: '/none.wasm' }))];
      await init();
      return [...codes, execute('a', '').text];
    };
    assert.deepEqual(await inPage(broken, null, ['404']), ['unsupported', 'network', 'a']);
  });

  test('progress counts the bytes of the download', async () => {
    const seen = await inPage(async ({ Refiner }) => {
      /** @type {any[]} */
      const seen = [];
      await Refiner.load({ onProgress: (progress) => seen.push(progress) });
      return seen;
    });
    const loaded = seen.filter(({ phase }) => phase === 'download').map(({ loaded }) => loaded);
    assert.deepEqual(loaded, [...loaded].sort((a, b) => a - b));
    assert.equal(loaded.at(-1), seen[0].total);
    assert.equal(seen.at(-1).phase, 'verify');
  });

  test('sources: bytes stay the caller’s, blobs and responses are read', async () => {
    const sizes = await inPage(async ({ Refiner }) => {
      const response = () => fetch('/pkg/model/prox-nano.gguf');
      const bytes = new Uint8Array(await (await response()).arrayBuffer());
      const sizes = [];
      for (const model of [bytes, new Blob([bytes]), await response(), bytes.buffer, new Blob([bytes]).stream()]) {
        const refiner = await Refiner.load({ model });
        sizes.push(refiner.model.bytes);
        refiner.dispose();
      }
      return [bytes.length, ...sizes];
    });
    assert.equal(sizes.length, 6);
    assert.equal(new Set(sizes).size, 1);
  });

  test('the bundled model is kept, and not downloaded a second time', async () => {
    const { page, context, problems } = await open(browser, `${server.origin}/blank`);
    const load = () =>
      page.evaluate(async () => {
        const { Refiner } = await import(/** @type {any} */ ('/pkg/index.js'));
        const { model } = await Refiner.load();
        return model.bytes;
      });
    let requests = 0;
    await page.route('**/prox-nano.gguf', (route) => (requests++ > 0 ? route.abort() : route.continue()));
    const bytes = await load();
    await page.waitForFunction(async () => (await (await caches.open('prox-wasm-models')).keys()).length === 1);
    await page.reload();
    assert.equal(await load(), bytes);
    assert.equal(requests, 1);
    // what was damaged where it lay is refused, and not kept
    await page.evaluate(async () => {
      const cache = await caches.open('prox-wasm-models');
      const [request] = await cache.keys();
      await cache.put(request, new Response(new Uint8Array(10)));
    });
    await assert.rejects(load(), /SHA-256/);
    assert.equal(await page.evaluate(async () => (await (await caches.open('prox-wasm-models')).keys()).length), 0);
    assert.deepEqual(problems, []);
    await context.close();
  });

  test('where nothing can be kept, models are loaded all the same', async () => {
    const kept = await inPage(async ({ Refiner }) => {
      Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
      const refiner = await Refiner.load();
      caches.open = () => Promise.reject(new DOMException('no', 'SecurityError'));
      const again = await Refiner.load();
      return [refiner.model.name, again.model.name];
    });
    assert.deepEqual(kept, ['prox-nano', 'prox-nano']);
  });

  test('refineMany in a pool of workers', async () => {
    const seen = await inPage(
      async ({ refineMany }, text) => {
        const programs = [];
        for await (const { index, result } of refineMany(Array(7).fill(text), { workers: 3 })) programs[index] = result?.program;
        const started = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/worker.js')).length;
        return { programs, started };
      },
      page0.text,
    );
    assert.deepEqual(seen.programs, Array(7).fill(page0.golden.program));
    assert.equal(seen.started, 3);
  });

  test('errors come through the worker with their codes', async () => {
    const codes = await inPage(
      async ({ Refiner }, _, codeOf) => [
        await codeOf(Refiner.load({ model: new Uint8Array(100) })),
        await codeOf(Refiner.load({ model: '/page-instead-of-model' })),
        await codeOf(Refiner.load({ model: '/broken-model' })),
        await codeOf(Refiner.load({ model: '/short-model' })),
        await codeOf(Refiner.load({ memoryBudget: 1000 })),
        await codeOf(Refiner.load({ backend: 'webgpu' })),
        await codeOf(Refiner.load({ signal: AbortSignal.abort() })),
        await codeOf((await Refiner.load()).refine(/** @type {any} */ (1))),
      ],
      null,
      ['503', 'ERR_CONTENT_LENGTH_MISMATCH', 'ERR_CONNECTION', 'No available adapters'],
    );
    const expected = ['invalid-model', 'invalid-model', 'network', 'network', 'memory-budget', 'unsupported', 'aborted'];
    assert.deepEqual(codes, [...expected, 'invalid-argument']);
  });

  for (const worker of [true, false]) {
    test(`abort, ${worker ? 'in a worker' : 'in the window'}: download, refining, one of many`, async () => {
      const seen = await inPage(
        async ({ Refiner }, { text, long, worker }, codeOf) => {
          const download = new AbortController();
          let late = 0;
          const options = { worker, model: '/slow-model', signal: download.signal };
          const loading = Refiner.load({ ...options, onProgress: () => (late += Number(download.signal.aborted)) });
          setTimeout(() => download.abort(), 100);
          const downloadCode = await codeOf(loading);

          const refiner = await Refiner.load({ worker });
          const middle = new AbortController();
          let events = 0;
          const onEvent = () => {
            events++;
            middle.abort();
          };
          const doomed = codeOf(refiner.refine(long, { signal: middle.signal, onEvent }));
          const others = Promise.all([1, 2, 3].map(() => refiner.refine(text)));
          const doomedCode = await doomed;
          const programs = (await others).map(({ program }) => program);

          const timer = new AbortController();
          setTimeout(() => timer.abort(), 20);
          const timerCode = await codeOf(refiner.refine(long, { signal: timer.signal }));
          const kinds = [];
          for await (const { type } of refiner.stream(text)) kinds.push(type);
          const waiting = codeOf(refiner.refine(long));
          refiner.dispose();
          const codes = [downloadCode, doomedCode, timerCode, await waiting, await codeOf(refiner.refine(''))];
          return { codes, late, events, programs, kinds: kinds.join(' ') };
        },
        { text: page0.text, long: LONG, worker },
      );
      assert.deepEqual(seen.codes, ['aborted', 'aborted', 'aborted', 'disposed', 'disposed']);
      assert.equal(seen.late, 0);
      assert.equal(seen.events, 1);
      assert.deepEqual(new Set(seen.programs), new Set([page0.golden.program]));
      assert.match(seen.kinds, /^(chunk )+document (edit )+done$/);
    });
  }

  test('the window stays free while the worker works', async () => {
    const { ticks, ms } = await inPage(async ({ Refiner }, long) => {
      const refiner = await Refiner.load();
      let ticks = 0;
      const timer = setInterval(() => ticks++, 10);
      const started = performance.now();
      await refiner.refine(long);
      clearInterval(timer);
      return { ticks, ms: performance.now() - started };
    }, LONG);
    assert.ok(ticks >= Math.floor(ms / 40), `${ticks} ticks of 10 ms in ${ms} ms`);
  });

  test('a worker that cannot start or dies is an error, not a silence', async () => {
    const missing = await troubleServer({ '/pkg/worker.js': (_, response) => response.writeHead(404).end() });
    /** @param {string} onRefine */
    const failing = (onRefine) =>
      troubleServer({
        '/pkg/worker.js': (_, response) => {
          response.setHeader('Content-Type', 'text/javascript');
          response.end(`onmessage = ({ data: { id, type } }) => {
            if (type === 'refine') ${onRefine};
            postMessage({ id, type: 'done', value: { name: 'none', bytes: 1 } });
          };`);
        },
      });
    const dying = await failing("throw new Error('the end')");
    const trapped = await failing(
      "return postMessage({ id, type: 'error', error: { code: 'internal', message: 'a trap' }, fatal: true })",
    );
    try {
      const load = async ({ Refiner }, _, codeOf) => codeOf(Refiner.load());
      assert.equal(await inPage(load, null, ['404'], missing.origin), 'worker');
      const refine = async ({ Refiner }, _, codeOf) => {
        const refiner = await Refiner.load();
        const both = await Promise.all([codeOf(refiner.refine('a')), codeOf(refiner.refine('b'))]);
        return [...both, await codeOf(refiner.refine('c'))];
      };
      assert.deepEqual(await inPage(refine, null, ['the end'], dying.origin), ['worker', 'worker', 'worker']);
      assert.deepEqual(await inPage(refine, null, [], trapped.origin), ['internal', 'worker', 'worker']);
    } finally {
      await Promise.all([missing.close(), dying.close(), trapped.close()]);
    }
  });

  test('in a module worker of the user’s own', async () => {
    const own = await troubleServer({
      '/own.js': (_, response) => {
        response.setHeader('Content-Type', 'text/javascript');
        response.end(`import { Refiner } from '/pkg/index.js';
          onmessage = async ({ data }) => {
            const refiner = await Refiner.load();
            postMessage((await refiner.refine(data)).program);
          };`);
      },
    });
    try {
      const run = (_, text) =>
        new Promise((resolve) => {
          const worker = new Worker('/own.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
          worker.postMessage(text);
        });
      assert.equal(await inPage(run, page0.text, [], own.origin), page0.golden.program);
    } finally {
      await own.close();
    }
  });
});
