// The page without a network: keeps what the page is made of, each content once under its SHA-256, and gives it out, checked
// against that, where the network fails. It has to be served with `Service-Worker-Allowed: /` (or stand above both folders),
// because the worker's script lies in ../pkg.

const scope = /** @type {any} */ (self);
const CACHE = 'prox-1';
/** Where the list of addresses and hashes is kept. */
const INDEX = new URL('.kept.json', location.href).href;

scope.addEventListener('install', () => scope.skipWaiting());
scope.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
scope.addEventListener('message', (/** @type {any} */ event) => {
  if (event.data?.type === 'keep') event.waitUntil(keepAll(event.data.urls, event.ports[0]));
});
scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const isOwn = request.method === 'GET' && new URL(request.url).origin === location.origin;
  if (isOwn && !request.headers.has('range')) event.respondWith(answer(request));
});

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith('prox-') && name !== CACHE) await caches.delete(name);
  await scope.clients.claim();
}

/** @param {Request} request */
async function answer(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await find(request.url);
    if (kept) return kept;
    throw error;
  }
}

/** @param {string} url */
async function find(url) {
  const cache = await caches.open(CACHE);
  const hash = (await readIndex(cache))[bare(url)];
  const response = hash && (await cache.match(placeOf(hash)));
  if (!response) return null;
  const body = await response.arrayBuffer();
  if ((await sha256(body)) !== hash) {
    await cache.delete(placeOf(hash));
    return null;
  }
  return new Response(body, { headers: response.headers });
}

/**
 * Keeps the files at these addresses, and nothing else.
 * @param {string[]} urls
 * @param {MessagePort} port
 */
async function keepAll(urls, port) {
  try {
    const cache = await caches.open(CACHE);
    const before = await readIndex(cache);
    /** @type {Record<string, string>} */
    const index = {};
    for (const url of new Set(urls.map(bare))) index[url] = await keep(cache, url);
    await cache.put(INDEX, Response.json(index));
    const hashes = new Set(Object.values(index));
    for (const hash of Object.values(before)) if (!hashes.has(hash)) await cache.delete(placeOf(hash));
    port.postMessage({ kept: Object.keys(index).length });
  } catch (error) {
    port.postMessage({ error: String(/** @type {Error} */ (error).message ?? error) });
  }
}

/**
 * @param {Cache} cache
 * @param {string} url
 */
async function keep(cache, url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP status ${response.status} from ${url}`);
  const body = await response.arrayBuffer();
  const hash = await sha256(body);
  if (!(await cache.match(placeOf(hash)))) await cache.put(placeOf(hash), new Response(body, { headers: headersOf(response) }));
  return hash;
}

/** What a file needs to be taken for what it is, under the same policy. @param {Response} response */
function headersOf(response) {
  const headers = new Headers();
  for (const name of ['content-type', 'content-security-policy', 'x-content-type-options']) {
    const value = response.headers.get(name);
    if (value) headers.set(name, value);
  }
  return headers;
}

/** @param {Cache} cache @returns {Promise<Record<string, string>>} */
async function readIndex(cache) {
  const response = await cache.match(INDEX);
  return response ? response.json() : {};
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} hash */
function placeOf(hash) {
  return new URL(`.sha256/${hash}`, location.href).href;
}

/** @param {string} url */
function bare(url) {
  return url.replace(/[?#].*$/, '');
}
