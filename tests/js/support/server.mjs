import { readFile } from 'node:fs/promises';

import { serve } from '../serve.mjs';

const pkg = new URL('../../../pkg/', import.meta.url);

/**
 * A server that misbehaves on demand.
 * @param {Record<string, import('../serve.mjs').Route>} [more]
 */
export async function troubleServer(more = {}) {
  const [model, wasm] = await Promise.all([
    readFile(new URL('model/prox-nano.gguf', pkg)),
    readFile(new URL('wasm/prox_wasm_bg.wasm', pkg)),
  ]);
  return serve({
    routes: {
      '/blank': (_, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><html lang="en"><title>blank</title><link rel="icon" href="data:,">');
      },
      '/broken-model': (_, response) => response.writeHead(503, 'Busy').end(),
      // Begins and never ends.
      '/slow-model': (_, response) => {
        response.writeHead(200, { 'Content-Length': model.length });
        response.write(model.subarray(0, 100_000));
      },
      '/short-model': (_, response) => {
        response.writeHead(200, { 'Content-Length': model.length });
        response.write(model.subarray(0, 100_000), () => response.socket?.destroy());
      },
      '/unannounced-model': (_, response) => {
        response.write(model.subarray(0, 100_000));
        response.end(model.subarray(100_000));
      },
      '/page-instead-of-model': (_, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><title>Not the model you look for</title>');
      },
      '/untyped.wasm': (_, response) => {
        response.setHeader('Content-Type', 'application/octet-stream');
        response.end(wasm);
      },
      '/broken.wasm': (_, response) => {
        response.setHeader('Content-Type', 'application/wasm');
        response.end('this is no wasm');
      },
      ...more,
    },
  });
}
