// The service of prox-wasm/edge as a Cloudflare Worker, and batches beside it.
/** @import { Env } from './env.js' */
import { createHandler } from 'prox-wasm/edge';
import wasm from 'prox-wasm/wasm/prox_wasm_bg.wasm';

import { batchRoute } from './batches.js';
import { consume } from './consume.js';

/** One handler, and so one model, for all requests of an isolate. @type {ReturnType<typeof createHandler> | undefined} */
let handler;

/** @param {Env} env */
function handlerFor({ ASSETS, API_TOKEN, ALLOWED_ORIGINS = '', CONCURRENCY = '4' }) {
  if (handler) return handler;
  const origins = ALLOWED_ORIGINS.split(/\s+/).filter(Boolean);
  handler = createHandler({
    wasm,
    model: () => ASSETS.fetch('https://assets.local/prox-nano.gguf'),
    ...(API_TOKEN && { token: API_TOKEN }),
    cors: origins.includes('*') ? '*' : origins,
    concurrency: Number(CONCURRENCY),
    onError: (error) => console.error(String(error)),
  });
  return handler;
}

export default {
  /**
   * @param {Request} request
   * @param {Env} env
   */
  fetch(request, env) {
    return new URL(request.url).pathname.startsWith('/batches/') ? batchRoute(request, env) : handlerFor(env)(request);
  },

  /**
   * @param {Parameters<typeof consume>[0]} batch
   * @param {Env} env
   */
  queue(batch, env) {
    return consume(batch, env, handlerFor(env));
  },
};
