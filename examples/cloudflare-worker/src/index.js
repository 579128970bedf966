// The service of prox-wasm/edge as a Cloudflare Worker.
import { createHandler } from 'prox-wasm/edge';
import wasm from 'prox-wasm/wasm/prox_wasm_bg.wasm';

/**
 * @typedef {object} Env
 * @property {{ fetch(url: string): Promise<Response> }} ASSETS
 * @property {string} [API_TOKEN]
 * @property {string} [ALLOWED_ORIGINS]
 * @property {string} [CONCURRENCY]
 */

/** One handler, and so one model, for all requests of an isolate. @type {ReturnType<typeof createHandler> | undefined} */
let handler;

/** @param {Env} env */
function handlerFor({ ASSETS, API_TOKEN, ALLOWED_ORIGINS = '', CONCURRENCY = '4' }) {
  const origins = ALLOWED_ORIGINS.split(/\s+/).filter(Boolean);
  return createHandler({
    wasm,
    model: () => ASSETS.fetch('https://assets.local/prox-nano.gguf'),
    ...(API_TOKEN && { token: API_TOKEN }),
    cors: origins.includes('*') ? '*' : origins,
    concurrency: Number(CONCURRENCY),
    onError: (error) => console.error(error),
  });
}

export default {
  /**
   * @param {Request} request
   * @param {Env} env
   */
  fetch(request, env) {
    handler ??= handlerFor(env);
    return handler(request);
  },
};
