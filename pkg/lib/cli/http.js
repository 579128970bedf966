/** @import { IncomingMessage, Server, ServerResponse } from 'node:http' */
/** @import { EdgeHandler } from '../../edge.js' */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * A server of Node's whose answers a fetch-style handler gives.
 * @param {EdgeHandler} handler
 * @returns {Server}
 */
export function serverOf(handler) {
  return createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy());
  });
}

/**
 * @param {EdgeHandler} handler
 * @param {IncomingMessage} incoming
 * @param {ServerResponse} outgoing
 */
async function answer(handler, incoming, outgoing) {
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const request = requestOf(incoming, gone.signal);
  if (!request) {
    outgoing.writeHead(400).end();
    return;
  }
  const response = await handler(request);
  // What the handler did not read of the body would otherwise be waited for.
  const isLive = response.headers.get('content-type')?.includes('ndjson');
  if (!incoming.complete && !isLive) outgoing.setHeader('Connection', 'close');
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body) outgoing.end();
  else await pipeline(Readable.fromWeb(/** @type {any} */ (response.body)), outgoing);
}

/**
 * Null for what is no request of this server, such as a target that is no path.
 * @param {IncomingMessage} incoming
 * @param {AbortSignal} signal
 * @returns {Request | null}
 */
function requestOf(incoming, signal) {
  const { method = 'GET', url = '/' } = incoming;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? Readable.toWeb(incoming) : null;
  try {
    const place = new URL(url.startsWith('/') ? `http://localhost${url}` : url);
    return new Request(place, /** @type {any} */ ({ method, headers, body, signal, duplex: 'half' }));
  } catch {
    return null;
  }
}
