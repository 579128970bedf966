/** @import { Env } from './env.js' */
import { inputKey, isName, manifestKey, resultKey, splitKey } from './keys.js';

/** @param {number} status @param {string} code @param {string} message */
const refusal = (status, code, message) => Response.json({ error: { code, message } }, { status });

/**
 * `PUT /batches/BATCH/NAME` takes an object (`.jsonl`, `.txt` or `.html`), `GET /batches/BATCH` tells how far the batch is,
 * `GET /batches/BATCH/results` gives what came of it, a document a line. A token is needed.
 * @param {Request} request
 * @param {Env} env
 * @returns {Promise<Response>}
 */
export async function batchRoute(request, env) {
  const { BATCHES, DOCUMENTS } = env;
  if (!BATCHES || !DOCUMENTS) return refusal(501, 'unsupported', 'this worker has no bucket and queue for batches');
  if (!(await hasToken(request, env))) return refusal(401, 'unauthorized', 'a valid token is needed');
  const [, , batch = '', name, ...rest] = new URL(request.url).pathname.split('/');
  if (!isName(batch) || (name !== undefined && !isName(name)) || rest.length > 0) {
    return refusal(404, 'not-found', 'the path must be /batches/BATCH or /batches/BATCH/NAME');
  }
  if (request.method === 'PUT' && name !== undefined) {
    if (!/\.(jsonl|txt|html)$/.test(name))
      return refusal(415, 'unsupported-media-type', 'NAME must end in .jsonl, .txt or .html');
    await BATCHES.put(inputKey(batch, name), request.body);
    // Where R2's own notices go to the queue too, this is the second one, which changes nothing.
    await DOCUMENTS.send({ object: { key: inputKey(batch, name) } });
    return Response.json({ batch, name }, { status: 202 });
  }
  if (request.method !== 'GET') return refusal(405, 'method-not-allowed', 'the method must be PUT or GET');
  if (name === undefined) return Response.json(await progress(batch, BATCHES));
  if (name !== 'results') return refusal(404, 'not-found', 'there is only /results');
  return new Response(resultStream(batch, BATCHES), { headers: { 'Content-Type': 'application/x-ndjson' } });
}

/**
 * How far a batch is. When it is done, its manifest says so in the bucket.
 * @param {string} batch
 * @param {any} bucket
 */
async function progress(batch, bucket) {
  let [objects, split, documents, refined, dead] = [0, 0, 0, 0, 0];
  for await (const _ of listed(bucket, inputKey(batch, ''))) objects++;
  for await (const { customMetadata } of listed(bucket, splitKey(batch))) {
    split++;
    documents += Number(customMetadata.documents);
  }
  for await (const { customMetadata } of listed(bucket, resultKey(batch))) {
    if (customMetadata.state === 'dead') dead++;
    else refined++;
  }
  const done = objects > 0 && split === objects && refined + dead === documents;
  const manifest = { batch, objects, split, documents, refined, dead, done };
  if (done) await bucket.put(manifestKey(batch), JSON.stringify(manifest));
  return manifest;
}

/**
 * @param {string} batch
 * @param {any} bucket
 */
function resultStream(batch, bucket) {
  const results = (async function* () {
    const encoder = new TextEncoder();
    for await (const { key } of listed(bucket, resultKey(batch))) {
      yield encoder.encode(`${await (await bucket.get(key)).text()}\n`);
    }
  })();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await results.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void results.return(),
  });
}

/**
 * @param {any} bucket
 * @param {string} prefix
 * @returns {AsyncGenerator<{ key: string, customMetadata: Record<string, string> }, void, void>}
 */
async function* listed(bucket, prefix) {
  for (let cursor; ;) {
    const page = await bucket.list({ prefix, cursor, include: ['customMetadata'] });
    yield* page.objects;
    if (!page.truncated) return;
    cursor = page.cursor;
  }
}

/**
 * Batches write and cost, so without a token in the configuration nobody may.
 * @param {Request} request
 * @param {Env} env
 */
async function hasToken(request, { API_TOKEN }) {
  if (!API_TOKEN) return false;
  const digest = (/** @type {string} */ text) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const given = request.headers.get('authorization') ?? '';
  const [found, wanted] = await Promise.all([digest(given), digest(`Bearer ${API_TOKEN}`)]);
  // The runtime's own, which takes the same time for every difference.
  return /** @type {any} */ (crypto.subtle).timingSafeEqual(found, wanted);
}
