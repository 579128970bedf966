// examples/cloudflare-worker as its own configuration says, in workerd.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from './bundle.mjs';
import { MODEL } from './files.mjs';
import { workerd } from './workerd.mjs';

const EXAMPLE = new URL('../../../examples/cloudflare-worker/', import.meta.url);

/** A JSON file with comments. @param {URL} url */
async function jsonc(url) {
  const text = await readFile(url, 'utf8');
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''));
}

/**
 * @param {object} options
 * @param {Record<string, string>} options.bindings
 * @param {string} [options.entry] instead of the example's
 * @param {string} [options.wasm] a file instead of the package's
 */
export async function template({ bindings, entry, wasm }) {
  const config = await jsonc(new URL('wrangler.jsonc', EXAMPLE));
  const bundled = await bundle(entry ?? fileURLToPath(new URL(config.main, EXAMPLE)));
  if (wasm) bundled.wasm.set('prox_wasm_bg.wasm', wasm);
  const { consumers, producers } = config.queues;
  return workerd(bundled, {
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    bindings: { ...config.vars, ...bindings },
    assets: {
      directory: dirname(MODEL),
      binding: config.assets.binding,
      routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: config.assets.run_worker_first },
    },
    r2Buckets: config.r2_buckets.map((/** @type {any} */ { binding }) => binding),
    queueProducers: Object.fromEntries(producers.map((/** @type {any} */ { binding, queue }) => [binding, queue])),
    queueConsumers: Object.fromEntries(
      consumers.map((/** @type {any} */ consumer) => [
        consumer.queue,
        {
          maxBatchSize: consumer.max_batch_size,
          maxBatchTimeout: consumer.max_batch_timeout,
          maxRetries: consumer.max_retries,
          deadLetterQueue: consumer.dead_letter_queue,
        },
      ]),
    ),
  });
}
