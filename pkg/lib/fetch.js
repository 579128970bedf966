import { RefineError } from './errors.js';

/**
 * @param {URL | string} url
 * @param {AbortSignal} [signal]
 */
export async function fetchOk(url, signal) {
  const response = await fetch(url, { signal }).catch((cause) => {
    if (signal?.aborted) throw new RefineError('aborted', 'the work was aborted', { cause: signal.reason });
    throw new RefineError('network', `${url} could not be fetched: ${cause.message}`, { cause });
  });
  checkStatus(response, url);
  return response;
}

/**
 * @param {Response} response
 * @param {URL | string} url
 */
export function checkStatus(response, url) {
  if (response.ok) return;
  const error = new RefineError('network', `HTTP status ${response.status} ${response.statusText} from ${url}`.trim());
  throw Object.assign(error, { status: response.status });
}
