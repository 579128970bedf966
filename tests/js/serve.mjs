// A static server for the demo page and the tests: `node tests/js/serve.mjs [--port N]` prints the page's address.
// It gives out www/ and pkg/ of this repository and nothing else, to this machine only.
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gzip } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['www', 'pkg'];
const START = '/www/';

const TYPES = new Map(
  Object.entries({
    '.css': 'text/css; charset=utf-8',
    '.gguf': 'application/octet-stream',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.json': 'application/json; charset=utf-8',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.txt': 'text/plain; charset=utf-8',
    '.wasm': 'application/wasm',
    '.webmanifest': 'application/manifest+json',
  }),
);

/** What is worth compressing, as any web server does it; models are not. */
const COMPRESSED = /^text\/|json|javascript|svg|wasm/;
const gzipAsync = promisify(gzip);

/** What the page's own policy says, for everything, so that workers are bound by it too. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} Route */

/**
 * Starts the server.
 * @param {object} [options]
 * @param {number} [options.port] any free one if left out
 * @param {Record<string, Route>} [options.routes] answers of the caller's own, by path
 */
export async function serve({ port = 0, routes = {} } = {}) {
  const server = createServer((request, response) => {
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-cache');
    // www/sw.js is to stand before ../pkg as well
    response.setHeader('Service-Worker-Allowed', '/');
    answer(request, response, routes).catch((error) => {
      if (response.headersSent) response.destroy(error);
      else refuse(response, 500);
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const { port: found } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${found}`;
  return {
    origin,
    url: origin + START,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Record<string, Route>} routes
 */
async function answer(request, response, routes) {
  const path = decodedPath(request.url ?? '/');
  if (path === null) return refuse(response, 400);
  if (Object.hasOwn(routes, path)) return routes[path](request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, { Allow: 'GET, HEAD' });
  if (path === '/' || `${path}/` === START) return refuse(response, 302, { Location: START });

  const file = await fileAt(path);
  if (!file) return refuse(response, 404);
  response.setHeader('ETag', file.tag);
  if (request.headers['if-none-match'] === file.tag) {
    response.writeHead(304).end();
    return;
  }
  const type = TYPES.get(extname(file.path)) ?? 'application/octet-stream';
  response.setHeader('Content-Type', type);
  response.setHeader('Vary', 'Accept-Encoding');
  if (COMPRESSED.test(type) && /\bgzip\b/.test(String(request.headers['accept-encoding']))) {
    const bytes = await gzipped(file);
    response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  response.writeHead(200, { 'Content-Length': file.size });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path), response).catch(() => response.destroy());
}

/** Compressed files by path, until they change. @type {Map<string, { tag: string, bytes: Promise<Buffer> }>} */
const compressed = new Map();

/** @param {{ path: string, tag: string }} file */
function gzipped({ path, tag }) {
  let entry = compressed.get(path);
  if (entry?.tag !== tag) {
    entry = { tag, bytes: readFile(path).then((bytes) => gzipAsync(bytes)) };
    compressed.set(path, entry);
    entry.bytes.catch(() => compressed.delete(path));
  }
  return entry.bytes;
}

/** The path of a request target without its query; null where it is no path at all. @param {string} target */
function decodedPath(target) {
  try {
    const path = decodeURIComponent(target.split(/[?#]/, 1)[0]);
    return path.startsWith('/') && !/[\0\\]/.test(path) ? path : null;
  } catch {
    return null;
  }
}

/**
 * The file a path names: no hidden ones, none outside the folders given out, not even by a link.
 * @param {string} path
 */
async function fileAt(path) {
  const parts = path.slice(1).split('/');
  if (parts.at(-1) === '') parts[parts.length - 1] = 'index.html';
  if (!FOLDERS.includes(parts[0]) || parts.some((part) => part === '' || part.startsWith('.'))) return null;
  try {
    const found = await realpath(join(ROOT, ...parts));
    const base = await realpath(join(ROOT, parts[0]));
    const info = await stat(found);
    return found.startsWith(base + sep) && info.isFile() ? { path: found, size: info.size, tag: `"${info.size}-${info.mtimeMs}"` } : null;
  } catch {
    return null;
  }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {Record<string, string>} [headers]
 */
function refuse(response, status, headers = {}) {
  response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${status}\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
  const { url } = await serve({ port: Number(values.port) }).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return serve();
  });
  console.log(url);
}
