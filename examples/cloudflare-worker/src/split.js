/** @import { DocumentMessage, Env, SplitMessage } from './env.js' */
import { inputKey, inputOf, splitKey } from './keys.js';

/** As many messages as a queue takes at once. */
const AT_ONCE = 100;
/** Calls that one run may make: the platform counts them. */
const CALLS = 500;
const NEWLINE = 10;

/**
 * Sends a message for each document of an object. Sent twice, documents are found done by those who refine them.
 * @param {SplitMessage} message
 * @param {Env} env
 */
export async function split({ object: { key }, from = 0 }, { BATCHES, DOCUMENTS }) {
  const input = inputOf(key);
  // R2 tells of everything that is put into the bucket, and the object may be gone again.
  const object = input && DOCUMENTS && (await BATCHES.get(key));
  if (!object) return;
  const { batch, name } = input;
  if (!name.endsWith('.jsonl')) {
    await DOCUMENTS.send({ batch, name, line: 0, start: 0, length: object.size });
    await BATCHES.put(splitKey(batch, name), '', { customMetadata: { documents: '1' } });
    return;
  }
  /** @type {{ body: DocumentMessage }[]} */
  let messages = [];
  let line = 0;
  let calls = 0;
  for await (const { start, length } of lineRanges(object.body)) {
    if (line++ < from) continue;
    messages.push({ body: { batch, name, line: line - 1, start, length } });
    if (messages.length < AT_ONCE) continue;
    await DOCUMENTS.sendBatch(messages);
    messages = [];
    if (++calls === CALLS) {
      await DOCUMENTS.send({ object: { key: inputKey(batch, name) }, from: line });
      return;
    }
  }
  if (messages.length > 0) await DOCUMENTS.sendBatch(messages);
  await BATCHES.put(splitKey(batch, name), '', { customMetadata: { documents: String(line) } });
}

/**
 * Where the lines lie that are not empty.
 * @param {AsyncIterable<Uint8Array>} body
 */
async function* lineRanges(body) {
  let start = 0;
  let at = 0;
  for await (const chunk of body) {
    for (let next = 0; (next = chunk.indexOf(NEWLINE, next)) >= 0; next++) {
      const end = at + next;
      if (end > start) yield { start, length: end - start };
      start = end + 1;
    }
    at += chunk.length;
  }
  if (at > start) yield { start, length: at - start };
}
