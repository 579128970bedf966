// Cold start, CPU time, memory and load of the service, in workerd and in Node:
//   npm --prefix tests/edge ci --ignore-scripts && node benches/edge/run.mjs [cold|cpu|memory [PAGES]|load [SECONDS]]
// Linux only: it reads /proc.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { Refiner } from '../../pkg/server.js';
import { MEDIAN_LINES, page } from './pages.mjs';
import { anonymousMiB, cpuMs } from './process.mjs';
import { LIMITS, prepareWorkerd, startWorkerd } from './workerd.mjs';

const RUNS = 15;
const [what = 'all', amount] = process.argv.slice(2);
const seconds = Number(amount ?? 60);
const pages = Number(amount ?? 2000);
const { folder, bundleBytes } = await prepareWorkerd();

const say = (/** @type {string} */ text) => console.log(text);
const median = (/** @type {number[]} */ numbers) => quantile(numbers, 0.5);
function quantile(/** @type {number[]} */ numbers, /** @type {number} */ share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** @param {string} origin @param {string} text */
const refine = (origin, text, query = '?fields=text,program') =>
  fetch(`${origin}/refine${query}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: text });

/** Asks until the server is there. @param {string} url */
async function firstAnswer(url) {
  for (;;) {
    try {
      await (await fetch(url)).text();
      return performance.now();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

async function cold() {
  const startUps = { empty: /** @type {number[]} */ ([]), worker: /** @type {number[]} */ ([]) };
  /** @type {number[]} */
  const firsts = [];
  for (let run = 0; run < RUNS; run++) {
    for (const name of /** @type {const} */ (['empty', 'worker'])) {
      const running = await startWorkerd(folder, name);
      startUps[name].push((await firstAnswer(`${running.origin}/healthz`)) - running.started);
      if (name === 'worker') {
        const before = performance.now();
        const response = await refine(running.origin, page(run));
        assert.equal(response.status, 200);
        await response.text();
        firsts.push(performance.now() - before);
      }
      running.close();
    }
  }
  say(`cold, ${RUNS} processes: bundle ${bundleBytes} bytes`);
  say(
    `  process to first answer: empty worker ${median(startUps.empty).toFixed(0)} ms, this one ${median(startUps.worker).toFixed(0)} ms`,
  );
  say(
    `  first /refine of ${MEDIAN_LINES} lines (model read, first document): median ${median(firsts).toFixed(0)} ms, worst ${Math.max(...firsts).toFixed(0)} ms`,
  );
}

async function cpu() {
  const running = await startWorkerd(folder);
  await firstAnswer(`${running.origin}/healthz`);
  for (const lines of [MEDIAN_LINES, 20, 40, 80, 400, 1000]) {
    const texts = Array.from({ length: 100 }, (_, i) => page(i, lines));
    for (const text of texts.slice(0, 20)) await (await refine(running.origin, text)).text();
    const before = cpuMs(running.pid);
    for (const text of texts) await (await refine(running.origin, text)).text();
    say(
      `cpu: a page of ${lines} lines, ${(texts.join('').length / 1e5).toFixed(1)} kB: ${((cpuMs(running.pid) - before) / texts.length).toFixed(1)} ms`,
    );
  }
  const program = 'remove_lines(line_start=0, line_end=9)\nnormalize(source_str="the river", target_str="The river")';
  const record = JSON.stringify({ text: page(1, 1700), program });
  const before = cpuMs(running.pid);
  for (let i = 0; i < 200; i++) {
    const response = await fetch(`${running.origin}/execute?fields=kept`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: record,
    });
    await response.text();
  }
  say(
    `cpu: /execute of ${(record.length / 1e3).toFixed(0)} kB: ${((cpuMs(running.pid) - before) / 200).toFixed(1)} ms`,
  );
  running.close();
}

async function memory() {
  const running = await startWorkerd(folder);
  await firstAnswer(`${running.origin}/healthz`);
  /** @type {string[]} */
  const rows = [];
  for (let done = 0; done < pages; done += 8) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const response = await refine(running.origin, page(done + i, 20 + ((done + i) % 600)), '');
        const answer = await response.text();
        assert.equal(response.status, 200, answer);
      }),
    );
    if (done % 400 === 392) {
      const { wasmBytes, restarts } = await (await fetch(`${running.origin}/healthz`)).json();
      const mib = `WebAssembly ${(wasmBytes / 2 ** 20).toFixed(1)} MiB, process ${anonymousMiB(running.pid).toFixed(0)} MiB`;
      rows.push(`  after ${done + 8} pages: ${mib}, ${restarts} restarts`);
    }
  }
  say(
    `memory: WebAssembly may grow to ${LIMITS.wasmMiB} MiB, V8's heap to ${LIMITS.heapMiB} MiB, in pages of 20 to 619 lines, 8 at a time`,
  );
  for (const row of rows) say(row);
  running.close();
}

/**
 * 8 connections for some time, every answer compared with that of the refiner here.
 * @param {string} name
 * @param {string} origin
 */
async function load(name, origin) {
  const refiner = await Refiner.load();
  const texts = Array.from({ length: 64 }, (_, i) => page(i, 100 + ((i * 37) % 135)));
  /** @type {{ text: string, program: string }[]} */
  const wanted = [];
  for (const text of texts) wanted.push(await refiner.refine(text));
  refiner.dispose();
  /** @type {number[]} */
  const times = [];
  let busy = 0;
  let next = 0;
  const end = performance.now() + 1000 * seconds;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() < end) {
        const at = next++ % texts.length;
        const before = performance.now();
        const response = await refine(origin, texts[at]);
        if (response.status === 429) {
          busy++;
          await response.text();
          await new Promise((resolve) => setTimeout(resolve, 20));
          continue;
        }
        const answer = await response.json();
        assert.equal(response.status, 200, JSON.stringify(answer));
        assert.deepEqual(answer, { text: wanted[at].text, program: wanted[at].program });
        times.push(performance.now() - before);
      }
    }),
  );
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(times, share).toFixed(0));
  const rate = (times.length / seconds).toFixed(1);
  say(
    `load, ${name}: ${seconds} s, 8 connections: ${times.length} pages, all answers right, ${rate} pages/s, ` +
      `p50 ${p50} ms, p90 ${p90} ms, p99 ${p99} ms, worst ${Math.max(...times).toFixed(0)} ms, ${busy} times 429`,
  );
}

async function loads() {
  const running = await startWorkerd(folder);
  await firstAnswer(`${running.origin}/healthz`);
  await load('workerd', running.origin);
  running.close();
  const bin = fileURLToPath(new URL('../../pkg/bin.js', import.meta.url));
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--concurrency', '8'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said] = await once(child.stderr.setEncoding('utf8'), 'data');
  await load('Node', new URL(/http:\S+/.exec(said)?.[0] ?? '').origin);
  child.kill();
}

say(
  `load average of the machine before: ${loadavg()
    .map((n) => n.toFixed(1))
    .join(' ')}`,
);
for (const [name, bench] of Object.entries({ cold, cpu, memory, load: loads })) {
  if (what === 'all' || what === name) await bench();
}
