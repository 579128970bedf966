/**
 * A service over HTTP for whatever runs `fetch`-style handlers: Cloudflare Workers, Vercel Edge, Deno, Bun, Node. Nothing
 * here compiles WebAssembly; the module is given.
 */
export { RefineError } from './lib/errors.js';
export { createHandler } from './lib/edge/handler.js';
