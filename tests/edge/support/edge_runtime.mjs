import { once } from 'node:events';

import { EdgeRuntime } from 'edge-runtime';

import { serverOf } from '../../../pkg/lib/cli/http.js';

/** @import { Running } from './child.mjs' */

/**
 * Runs a bundled script in edge-runtime. Its own server does not tell the script when a client goes away; this one does, as
 * the platform it stands for does.
 * @param {string} code
 * @param {Record<string, unknown>} globals
 * @returns {Promise<Running>}
 */
export async function edgeRuntime(code, globals) {
  const runtime = new EdgeRuntime({ initialCode: code, extend: (context) => Object.assign(context, globals) });
  const { Uint8Array: Bytes, ReadableStream: Stream } = runtime.evaluate('({ Uint8Array, ReadableStream })');
  /**
   * A stream whose chunks are those of another realm.
   * @param {ReadableStream<Uint8Array>} stream
   * @param {any} To
   * @param {any} Chunk
   */
  const moved = (stream, To, Chunk) => {
    const reader = stream.getReader();
    return new To({
      async pull(/** @type {ReadableStreamDefaultController} */ controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(new Chunk(value));
      },
      cancel: (/** @type {unknown} */ reason) => reader.cancel(reason),
    });
  };

  const server = serverOf(async ({ url, method, headers, body }) => {
    const response = await runtime.dispatchFetch(url, {
      method,
      headers: [...headers],
      ...(body && { body: moved(body, Stream, Bytes), duplex: 'half' }),
    });
    const answer = response.body && moved(response.body, ReadableStream, Uint8Array);
    return new Response(answer, { status: response.status, headers: [...response.headers] });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
