/** @import { HandlerOptions } from '../../edge.js' */

const METHODS = 'GET, POST, OPTIONS';
const DAY = '86400';

/**
 * Headers for scripts of other origins; none where their origin is not allowed.
 * @param {Request} request
 * @param {HandlerOptions['cors']} allowed
 * @returns {Record<string, string>}
 */
export function corsHeaders(request, allowed = []) {
  const origin = request.headers.get('origin');
  if (allowed === '*') return origin === null ? {} : shared('*');
  if (allowed.length === 0) return {};
  return { Vary: 'Origin', ...(origin !== null && allowed.includes(origin) && shared(origin)) };
}

/** @param {string} origin */
function shared(origin) {
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'Prox-Kept, Retry-After' };
}

/**
 * The answer to a question whether a request would be allowed.
 * @param {Record<string, string>} cors what {@link corsHeaders} gives
 * @returns {Response}
 */
export function preflight(cors) {
  const headers = 'Access-Control-Allow-Origin' in cors && {
    'Access-Control-Allow-Methods': METHODS,
    'Access-Control-Allow-Headers': 'Authorization, Content-Type',
    'Access-Control-Max-Age': DAY,
  };
  return new Response(null, { status: 204, headers: { Allow: METHODS, ...cors, ...headers } });
}
