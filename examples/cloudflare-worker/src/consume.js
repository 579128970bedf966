/** @import { EdgeHandler } from 'prox-wasm/edge' */
/** @import { DocumentMessage, Env, Message } from './env.js' */
import { inputKey, resultKey } from './keys.js';
import { split } from './split.js';

/** Seconds before a message that could not be worked on comes again. */
const LATER = 2;

/**
 * Works on messages, each by itself: what is done is not done again when another one fails.
 * @param {{ queue: string, messages: readonly { body: Message, ack(): void, retry(how?: object): void }[] }} batch
 * @param {Env} env
 * @param {EdgeHandler} handler
 */
export async function consume({ queue, messages }, env, handler) {
  const isDead = queue.endsWith('dead');
  for (const message of messages) {
    const { body } = message;
    try {
      if ('object' in body) await split(body, env);
      else if (isDead)
        await settle(body, env, { error: { code: 'gave-up', message: 'it failed again and again' } }, 'dead');
      else await refine(body, env, handler);
      message.ack();
    } catch (error) {
      console.error(`${JSON.stringify(body)}: ${error}`);
      message.retry({ delaySeconds: LATER });
    }
  }
}

/**
 * @param {DocumentMessage} document
 * @param {Env} env
 * @param {EdgeHandler} handler
 */
async function refine(document, env, handler) {
  const { batch, name, line, start, length } = document;
  // Delivered before: spares the work, while `settle` keeps the promise.
  if (await env.BATCHES.head(resultKey(batch, name, line))) return;
  const object = await env.BATCHES.get(inputKey(batch, name), { range: { offset: start, length } });
  if (!object) return settle(document, env, { error: { code: 'gone', message: 'its object is gone' } }, 'dead');
  const response = await handler(
    new Request('https://batch.local/refine', {
      method: 'POST',
      headers: { 'content-type': typeOf(name), ...(env.API_TOKEN && { authorization: `Bearer ${env.API_TOKEN}` }) },
      body: await object.arrayBuffer(),
    }),
  );
  const answer = await response.json();
  if (response.ok) return settle(document, env, answer, 'refined');
  // What is wrong with the document stays wrong; anything else is worth another try.
  if (response.status >= 500 || response.status === 429) throw new Error(answer.error.message);
  return settle(document, env, answer, 'dead');
}

/**
 * Writes what became of a document, once: of all that try, R2 lets the first one.
 * @param {DocumentMessage} document
 * @param {Env} env
 * @param {object} answer
 * @param {'refined' | 'dead'} state
 */
async function settle({ batch, name, line }, { BATCHES }, answer, state) {
  const result = JSON.stringify({ name, line, ...answer });
  await BATCHES.put(resultKey(batch, name, line), result, {
    onlyIf: { etagDoesNotMatch: '*' },
    customMetadata: { state },
  });
}

/** @param {string} name */
function typeOf(name) {
  if (name.endsWith('.jsonl')) return 'application/json';
  return name.endsWith('.html') ? 'text/html' : 'text/plain';
}
