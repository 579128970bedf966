/** @import { Service } from './service.js' */
import { JSON_TYPE } from './media.js';
import { hasToken } from './token.js';

/**
 * `GET /healthz`: whether the service answers, and how it is for those who may ask it.
 * @param {Request} request
 * @param {Service} service
 */
export async function healthResponse(request, { engine, slots, tokens }) {
  const { model, documents, restarts, bytes } = engine;
  const isTold = tokens.length === 0 || (await hasToken(request, tokens));
  const details = isTold && {
    model,
    busy: slots.busy,
    capacity: slots.capacity,
    documents,
    restarts: Math.max(0, restarts),
    wasmBytes: bytes,
  };
  return new Response(request.method === 'HEAD' ? null : `${JSON.stringify({ status: 'ok', ...details })}\n`, {
    headers: { 'Content-Type': `${JSON_TYPE}; charset=utf-8`, 'Cache-Control': 'no-store' },
  });
}
