import { createHandler } from 'prox-wasm/edge';
import wasm from './limited.wasm';

/** @type {ReturnType<typeof createHandler> | undefined} */
let handler;

export default {
  /**
   * @param {Request} request
   * @param {{ MODEL: { fetch(url: string): Promise<Response> } }} env
   */
  fetch(request, env) {
    handler ??= createHandler({ wasm, model: () => env.MODEL.fetch('https://model/prox-nano.gguf'), concurrency: 8 });
    return handler(request);
  },
};
