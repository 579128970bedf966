// The service of prox-wasm/edge in Deno: `deno task start`, then http://127.0.0.1:8000/refine
import { createHandler } from 'prox-wasm/edge';

const file = (name) => Deno.readFile(new URL(import.meta.resolve(`prox-wasm/${name}`)));

const handler = createHandler({
  wasm: new WebAssembly.Module(await file('wasm/prox_wasm_bg.wasm')),
  model: () => file('model/prox-nano.gguf'),
  onError: (error) => console.error(error),
});

const port = Number(Deno.args[0] ?? 8000);
Deno.serve({ port, hostname: '127.0.0.1', onListen: (at) => console.log(`port ${at.port}`) }, handler);
