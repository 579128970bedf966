/** @import { EdgeHandler, HandlerOptions } from '../../edge.js' */
import { errorResponse, responseOf } from './answer.js';
import { corsHeaders, preflight } from './cors.js';
import { EdgeError } from './errors.js';
import { executeRoute } from './execute.js';
import { healthResponse } from './health.js';
import { refineRoute } from './refine.js';
import { Service } from './service.js';
import { checkToken } from './token.js';

/** @type {Map<string, typeof refineRoute>} */
const POST = new Map([
  ['/refine', refineRoute],
  ['/execute', executeRoute],
]);

/**
 * A fetch-style handler that refines.
 * @param {HandlerOptions} options
 * @returns {EdgeHandler}
 */
export function createHandler(options) {
  const service = new Service(options);
  return async (request) => {
    const cors = corsHeaders(request, service.cors);
    const response = await answer(request, service, cors).catch((error) => {
      service.report(error);
      return errorResponse(error);
    });
    for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
    return response;
  };
}

/**
 * @param {Request} request
 * @param {Service} service
 * @param {Record<string, string>} cors
 * @returns {Promise<Response>}
 */
async function answer(request, service, cors) {
  const url = new URL(request.url);
  const path = url.pathname.startsWith(service.basePath) ? url.pathname.slice(service.basePath.length) : '';
  const route = POST.get(path);
  if (!route && path !== '/healthz') {
    throw new EdgeError('not-found', `there is nothing here; try ${service.basePath}/refine, /execute or /healthz`);
  }
  if (request.method === 'OPTIONS') return preflight(cors);
  if (!route) {
    allow(request, ['GET', 'HEAD']);
    return healthResponse(request, service);
  }
  allow(request, ['POST']);
  await checkToken(request, service.tokens);
  const lease = service.slots.take(request.signal);
  try {
    return responseOf(await route(request, url, service, lease), lease);
  } catch (error) {
    lease.release();
    throw error;
  }
}

/**
 * @param {Request} request
 * @param {string[]} methods
 */
function allow({ method }, methods) {
  if (methods.includes(method)) return;
  const message = `the method must be ${methods.join(' or ')}, but is ${method}`;
  throw new EdgeError('method-not-allowed', message, { headers: { Allow: [...methods, 'OPTIONS'].join(', ') } });
}
