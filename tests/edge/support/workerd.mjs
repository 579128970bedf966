import { readFileSync } from 'node:fs';

import { Miniflare } from 'miniflare';

/** @import { Running } from './child.mjs' */

/** The first date is that of the flags used here; workerd knows dates up to a week after its own. */
const COMPATIBILITY = { compatibilityDate: '2026-04-01', compatibilityFlags: ['enable_request_signal'] };

/**
 * Runs a bundled worker in workerd.
 * @param {{ code: string, wasm: Map<string, string> }} bundled
 * @param {Partial<import('miniflare').WorkerOptions>} [options]
 * @returns {Promise<Running & { miniflare: Miniflare }>}
 */
export async function workerd({ code, wasm }, options) {
  const used = [...wasm].filter(([name]) => code.includes(`"./${name}"`));
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    ...COMPATIBILITY,
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: code },
      .../** @type {any} */ (
        used.map(([name, path]) => ({ type: 'CompiledWasm', path: name, contents: readFileSync(path) }))
      ),
    ],
    ...options,
  });
  const url = await miniflare.ready;
  return { origin: url.origin, miniflare, close: () => miniflare.dispose() };
}
