/** @import { Values } from './main.js' */
import { once } from 'node:events';

import { createHandler } from '../edge/handler.js';
import { serverOf } from './http.js';
import { bundledModule, modelReader } from './parts.js';
import { wholeOption } from './usage.js';

/**
 * `prox-wasm serve`: runs until it is told to end, then finishes what is at work.
 * @param {Values} values
 * @returns {Promise<number>}
 */
export async function serve({ port, host = '127.0.0.1', concurrency, cors = [], model, ...values }) {
  const token = process.env.PROX_TOKEN;
  const handler = createHandler({
    wasm: bundledModule(),
    model: modelReader(model),
    ...(token && { token }),
    cors: cors.includes('*') ? '*' : cors,
    concurrency: wholeOption('concurrency', concurrency, 4),
    maxBodyBytes: wholeOption('max-body-bytes', values['max-body-bytes'], 2 ** 20),
    onError: (error) => console.error(error),
  });
  const server = serverOf(handler);
  server.listen(wholeOption('port', port, 8787, 0), host);
  await once(server, 'listening');
  const { port: found } = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.stderr.write(`prox-wasm: http://${host.includes(':') ? `[${host}]` : host}:${found}\n`);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => server.close());
  await once(server, 'close');
  return 0;
}
