// Lighthouse on the page, by hand: `npm i --no-save lighthouse && node lighthouse.mjs`. Fails under 95 in any category, for
// desktops and phones.
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FLAGS, chromiumPath } from './support/chromium.mjs';
import { serve } from './serve.mjs';

const LEAST = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];

const { default: lighthouse, desktopConfig } = await import(/** @type {any} */ ('lighthouse'));
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
probe.close();
const profile = await mkdtemp(join(tmpdir(), 'prox-lighthouse-'));
const chromium = spawn(chromiumPath(), [...FLAGS, '--headless=new', `--remote-debugging-port=${port}`, `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'ignore' });
const server = await serve();
try {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    if (await fetch(`http://127.0.0.1:${port}/json/version`).then(({ ok }) => ok, () => false)) break;
  }
  for (const [name, config] of [['desktop', desktopConfig], ['phone', undefined]]) {
    const { lhr } = await lighthouse(server.url, { port, output: 'json', onlyCategories: CATEGORIES, logLevel: 'error' }, config);
    const scores = CATEGORIES.map((category) => [category, Math.round(100 * lhr.categories[category].score)]);
    const ms = lhr.audits.interactive?.numericValue ?? NaN;
    console.log(name, scores.map(([category, score]) => `${category} ${score}`).join(', '), `interactive after ${Math.round(ms)} ms`);
    for (const [category, score] of scores) {
      if (Number(score) >= LEAST) continue;
      process.exitCode = 1;
      for (const { id } of lhr.categories[category].auditRefs) {
        const audit = lhr.audits[id];
        if (audit.score !== null && audit.score < 0.9) console.log(`  ${id}: ${audit.score} ${audit.displayValue ?? ''}`);
      }
    }
  }
} finally {
  chromium.kill();
  await once(chromium, 'exit');
  await server.close();
  await rm(profile, { recursive: true, force: true });
}
