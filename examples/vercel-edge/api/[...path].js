// The service of prox-wasm/edge as a Vercel Edge function: /api/refine, /api/execute, /api/healthz
import { createHandler } from 'prox-wasm/edge';
import wasm from 'prox-wasm/wasm/prox_wasm_bg.wasm?module';

export const config = { runtime: 'edge' };

export default createHandler({
  wasm,
  model: () => fetch(`https://${process.env.VERCEL_URL}/prox-nano.gguf`),
  basePath: '/api',
  onError: (error) => console.error(error),
});
