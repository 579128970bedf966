// The package on WebGPU, in a Chromium whose GPU is SwiftShader: that answers are right and faults are survived, not speed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { launch } from './support/chromium.mjs';
import { longText, seed } from './support/seed.mjs';
import { checkPrograms } from './support/gpu_programs_checks.mjs';
import { troubleServer } from './support/server.mjs';
import { LONGER, SIZES, tinyLm } from './support/tiny_lm.mjs';

const PHASES = ['download', 'verify', 'upload', 'compile', 'warmup', 'verify'];

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof troubleServer>>} */
let server;
/** @type {Awaited<ReturnType<typeof seed>>} */
let page0;

before(async () => {
  browser = await launch({ webgpu: true });
  server = await troubleServer({
    '/support/gpu_programs.js': async (_, response) => {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(await readFile(new URL('./support/gpu_programs.js', import.meta.url)));
    },
  });
  page0 = await seed();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/**
 * Runs `work` in an empty page with the package as `prox` and the devices that were made so far as `devices`.
 * @template A
 * @param {(prox: typeof import('prox-wasm'), argument: A, devices: any[]) => Promise<any>} work
 * @param {A} [argument]
 */
async function inPage(work, argument) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.addInitScript(() => {
    const { GPUAdapter } = /** @type {any} */ (globalThis);
    const { requestDevice } = GPUAdapter.prototype;
    /** @type {any[]} */
    const devices = [];
    Object.assign(globalThis, { devices });
    GPUAdapter.prototype.requestDevice = async function (/** @type {any[]} */ ...given) {
      const device = await requestDevice.apply(this, given);
      devices.push(device);
      return device;
    };
  });
  await page.goto(`${server.origin}/blank`);
  try {
    const source = `async ({ argument }) => (${work})(await import('/pkg/index.js'), argument, globalThis.devices)`;
    const run = await page.evaluateHandle(`(${source})`);
    const value = await page.evaluate(([f, argument]) => f({ argument }), [run, argument]);
    assert.deepEqual(problems, []);
    return value;
  } finally {
    await page.close();
  }
}

/** Whether the GPU did all of a text's windows: one submit and one readback each. @param {any} stats */
function onGpu({ gpu, chunks }) {
  assert.match(gpu.adapter, /swiftshader/i);
  assert.deepEqual([gpu.submits, gpu.readbacks, gpu.dispatches], [chunks, chunks, 40 * chunks]);
}

describe('on SwiftShader', { timeout: 600_000 }, () => {
  test('in a worker: the native program, made by the GPU', async () => {
    const { result, again, backend, phases, loaded, files } = await inPage(async ({ Refiner, execute }, text) => {
      /** @type {string[]} */
      const phases = [];
      let loaded = true;
      let last = 0;
      const refiner = await Refiner.load({
        backend: 'webgpu',
        onProgress(progress) {
          if (phases.at(-1) !== progress.phase) last = phases.push(progress.phase) * 0;
          loaded &&= progress.loaded >= last;
          last = progress.loaded;
        },
      });
      const result = await refiner.refine(text);
      const again = await refiner.refine(text);
      const files = performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1));
      refiner.dispose();
      return { result, again, backend: refiner.backend, phases, loaded, files };
    }, page0.text);
    assert.equal(result.program, page0.golden.program);
    assert.equal(result.text, page0.golden.text);
    onGpu(result.stats);
    onGpu(again.stats);
    assert.equal(backend.kind, 'webgpu');
    assert.match(backend.reason, /swiftshader/i);
    assert.deepEqual([backend.software, backend.failures], [true, 0]);
    assert.deepEqual(phases, PHASES);
    assert.ok(loaded, 'progress never goes back');
    assert.ok(files.includes('prox_gpu_bg.wasm') && files.includes('worker.js'));
  });

  test('in the window: abort and dispose free the device, a loss changes no program, the last rung is the CPU', async () => {
    const seen = await inPage(
      async ({ Refiner }, { text, long }, devices) => {
        const load = { backend: /** @type {const} */ ('webgpu'), worker: false };
        const controller = new AbortController();
        const { signal } = controller;
        const onProgress = ({ phase = '' }) => phase === 'compile' && controller.abort();
        const aborted = await Refiner.load({ ...load, signal, onProgress }).catch(({ code }) => code);
        const freed = await devices[0].lost;

        const moment = () => new Promise((resolve) => setTimeout(resolve, 50));
        const hasGone = async (/** @type {any} */ device) => {
          const { reason } = await device.lost;
          return reason;
        };
        // disposed of while another device is made
        const short = await Refiner.load(load);
        devices[1].destroy();
        const left = await short.refine(text);
        const leaving = short.backend;
        while (devices.length < 3) await moment();
        short.dispose();
        const unwanted = await hasGone(devices[2]);

        const refiner = await Refiner.load(load);
        const fresh = refiner.backend;
        // in the middle of a document
        const onEvent = ({ type = '' }) => type === 'chunk' && devices.at(-1).destroy();
        const hurt = await refiner.refine(long, { onEvent });
        const meanwhile = refiner.backend;
        while (refiner.backend.kind === 'cpu' && refiner.backend.reason.includes('is being made')) await moment();
        const replaced = refiner.backend;
        const made = devices.length;
        const healed = await refiner.refine(text);

        const { prototype } = /** @type {any} */ (globalThis).GPUAdapter;
        prototype.requestDevice = () => Promise.reject(new Error('none left'));
        devices.at(-1).destroy();
        const last = await refiner.refine(text);
        while (refiner.backend.reason.includes('is being made')) await moment();
        const onCpu = refiner.backend;
        const demanded = await Refiner.load(load).catch(({ code, message }) => ({ code, message }));
        refiner.dispose();

        const plain = await Refiner.load({ worker: false });
        const wanted = (await plain.refine(long)).program;
        // As if another visit had measured it.
        const remember = (/** @type {string} */ name) => {
          const times = [{ name, bytes: plain.model.bytes, times: { gpu: 1, cpu: 2 } }];
          localStorage.setItem('prox-wasm:gpu-times', JSON.stringify(times));
        };
        remember('google swiftshader');
        const software = await Refiner.load({ worker: false });
        const info = { vendor: 'fast', architecture: 'one', device: '', description: '', isFallbackAdapter: false };
        Object.defineProperty(prototype, 'info', { value: { ...info, subgroupMinSize: 4, subgroupMaxSize: 4 } });
        remember('fast one');
        const broken = await Refiner.load({ worker: false });
        const autos = [plain, software, broken].map(({ backend }) => backend);
        const ends = { aborted, freed: freed.reason, left, leaving, unwanted };
        return { ...ends, fresh, hurt, wanted, meanwhile, replaced, made, healed, last, onCpu, demanded, autos };
      },
      { text: page0.text, long: longText(300) },
    );
    assert.deepEqual([seen.aborted, seen.freed], ['aborted', 'destroyed']);
    assert.deepEqual([seen.fresh.kind, seen.fresh.failures], ['webgpu', 0]);
    assert.equal(seen.hurt.program, seen.wanted);
    assert.deepEqual([seen.left.program, seen.leaving.kind, seen.unwanted], [page0.golden.program, 'cpu', 'destroyed']);
    assert.deepEqual([seen.meanwhile.kind, seen.meanwhile.failures], ['cpu', 1]);
    assert.match(seen.meanwhile.reason, /the GPU device was lost.*; another device is being made/);
    assert.deepEqual([seen.replaced.kind, seen.replaced.failures, seen.made], ['webgpu', 1, 5]);
    assert.match(seen.replaced.reason, /a new device after: the GPU device was lost/);
    assert.equal(seen.healed.program, page0.golden.program);
    onGpu(seen.healed.stats);
    assert.equal(seen.last.program, page0.golden.program);
    assert.equal(seen.onCpu.kind, 'cpu');
    assert.match(seen.onCpu.reason, /lost.*; then .*gives no device/);
    assert.deepEqual([seen.demanded.code, /gives no device/.test(seen.demanded.message)], ['unsupported', true]);
    for (const [i, reason] of [/quick on the CPU/, /software adapter/, /gives no device/].entries()) {
      assert.equal(seen.autos[i].kind, 'cpu');
      assert.match(seen.autos[i].reason, reason);
    }
  });

  test('language models: the native programs, also after a loss, then on the CPU; in a worker too', async () => {
    const { file, writing, expected, remove } = tinyLm();
    const bytes = [...(await readFile(file))];
    const others = [...(await readFile(writing))];
    remove();
    const seen = await inPage(
      async (prox, { bytes, others, text, sizes, longer }, devices) => {
        const { programsOnGpu } = await import(/** @type {any} */ ('/support/gpu_programs.js'));
        const model = () => new Uint8Array(bytes);
        const writing = () => new Uint8Array(others);
        const seen = await programsOnGpu(prox, devices, { model, writing, text, sizes, longer });
        const worker = await prox.Refiner.load({ model: model(), backend: 'webgpu' });
        const { program, stats } = await worker.refine(text, { ...sizes, level: 'chunk' });
        worker.dispose();
        return { ...seen, inWorker: { program, gpu: stats.gpu } };
      },
      { bytes, others, text: expected.text, sizes: SIZES, longer: LONGER },
    );
    checkPrograms(seen, expected);
    // without the verdict on the document, which there is no model for
    const edits = expected.float.both.program.replace(/^keep_doc\(\)\n?/, '') || 'keep_chunk()';
    assert.equal(seen.inWorker.program, edits);
    assert.match(seen.inWorker.gpu.adapter, /swiftshader/i);
  });
});
