/** @import { Lease } from './slots.js' */
import { RefineError } from '../errors.js';
import { asEdgeError } from './errors.js';
import { JSON_TYPE, NDJSON_TYPE } from './media.js';

/**
 * What a route answers; a body that comes in parts keeps its request's place until it ends.
 * @typedef {{ type: string, body: string | AsyncGenerator<string, void, void>, headers?: Record<string, string> }} Answer
 */

/** For every answer: what is asked of this service depends on the body. */
const COMMON = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** For those in parts: something in between that packs or rewrites them would hold them back. */
const LIVE = { 'Cache-Control': 'no-store, no-transform' };

/**
 * @param {Answer} answer
 * @param {Lease} lease
 * @returns {Response}
 */
export function responseOf({ type, body, headers }, lease) {
  const whole = typeof body === 'string';
  if (whole) lease.release();
  return new Response(whole ? body : streamOf(body, lease), {
    headers: { 'Content-Type': typed(type), ...COMMON, ...(!whole && LIVE), ...headers },
  });
}

/** @param {string} type */
function typed(type) {
  return type === NDJSON_TYPE ? type : `${type}; charset=utf-8`;
}

/**
 * @param {unknown} error
 * @returns {Response}
 */
export function errorResponse(error) {
  const known = asEdgeError(error);
  const { status, headers } = known;
  return new Response(`${JSON.stringify({ error: known })}\n`, {
    status,
    headers: { 'Content-Type': `${JSON_TYPE}; charset=utf-8`, ...COMMON, ...headers },
  });
}

/**
 * Parts as a stream that asks for the next when there is room for it. The client's going away stops the work.
 * @param {AsyncGenerator<string, void, void>} parts
 * @param {Lease} lease
 */
function streamOf(parts, lease) {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await parts.next();
          lease.touch();
          if (done) {
            lease.release();
            controller.close();
          } else {
            controller.enqueue(encoder.encode(value));
          }
        } catch (error) {
          lease.release();
          controller.error(error);
        }
      },
      cancel(cause) {
        lease.stop.stop(new RefineError('aborted', 'the client went away', { cause }));
        lease.release();
        parts.return().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
