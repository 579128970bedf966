// examples/cloudflare-worker in workerd, with its own configuration, and what else is special there.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { bundle } from './support/bundle.mjs';
import { MODEL, prepare } from './support/files.mjs';
import { template } from './support/template.mjs';
import { until } from './support/until.mjs';
import { workerd } from './support/workerd.mjs';

/** @import { Running } from './support/child.mjs' */

const SEED = await readFile(new URL('../data/seed_page.txt', import.meta.url), 'utf8');
const GOLDEN = JSON.parse(await readFile(new URL('../data/seed_page.golden.json', import.meta.url), 'utf8'));

await prepare();

const refine = (/** @type {string} */ origin, headers = {}) =>
  fetch(`${origin}/refine`, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body: SEED });

describe('the template', () => {
  /** @type {Running} */
  let running;
  before(async () => {
    running = await template({
      bindings: { API_TOKEN: 'secret', ALLOWED_ORIGINS: 'https://a.example https://b.example' },
    });
  });
  after(() => running?.close());

  test('refines the seed page with the model among its assets', async () => {
    const response = await refine(running.origin, { authorization: 'Bearer secret' });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).program, GOLDEN.program);
  });

  test('keeps its token and its assets to itself, and knows its origins', async () => {
    const refused = await refine(running.origin, { origin: 'https://b.example' });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), 'https://b.example');
    await refused.text();
    const asset = await fetch(`${running.origin}/prox-nano.gguf`);
    assert.equal(asset.status, 404);
    await asset.text();
  });
});

describe('where the runtime drops requests without a word', () => {
  /** @type {Running} */
  let running;
  before(async () => {
    const model = await readFile(MODEL);
    running = await workerd(await bundle('fixtures/worker.js'), {
      compatibilityFlags: ['disable_request_signal'],
      serviceBindings: { MODEL: () => new Response(model) },
    });
  });
  after(() => running?.close());

  test('the place of a client that went away is given to another', async () => {
    const gone = new AbortController();
    const line = `${JSON.stringify({ id: 1, text: 'x' })}\n`;
    const response = await fetch(`${running.origin}/narrow/refine?fields=kept`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'accept-encoding': 'identity' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(line)) }),
      signal: gone.signal,
      .../** @type {any} */ ({ duplex: 'half' }),
    });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    await reader.read();
    const ask = async () => {
      const asked = await fetch(`${running.origin}/narrow/refine`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: 'x',
      });
      await asked.text();
      return asked.status;
    };
    assert.equal(await ask(), 429);
    gone.abort();
    await until(async () => (await ask()) === 200);
  });
});
