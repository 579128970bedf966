// The service of prox-wasm/edge in Bun: `bun install && bun start`, then http://127.0.0.1:3000/refine
import { createHandler } from 'prox-wasm/edge';

const file = (name) => Bun.file(new URL(import.meta.resolve(`prox-wasm/${name}`)));

const fetch = createHandler({
  wasm: new WebAssembly.Module(await file('wasm/prox_wasm_bg.wasm').arrayBuffer()),
  model: () => file('model/prox-nano.gguf'),
  onError: (error) => console.error(error),
});

const server = Bun.serve({ port: Number(Bun.argv[2] ?? 3000), hostname: '127.0.0.1', fetch });
console.log(`port ${server.port}`);
