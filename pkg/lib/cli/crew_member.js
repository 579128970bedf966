/** @import { Orders } from './crew.js' */
import { parentPort, workerData } from 'node:worker_threads';

import { recordDocument } from '../edge/documents.js';
import { chosen } from '../edge/query.js';
import { answerLine } from '../edge/records.js';
import { finish } from '../edge/refine.js';
import { Service } from '../edge/service.js';
import { Stop } from '../stop.js';
import { bundledModule, modelReader } from './parts.js';

const { options, fields, model, maxBytes } = /** @type {Orders} */ (workerData);
const limits = { maxBodyBytes: maxBytes, maxLines: maxBytes };
const service = new Service({ wasm: bundledModule(), model: modelReader(model), ...limits });
// Without a model nothing can be answered, and the thread ends.
await service.engine.load(new Stop());
const members = fields && new Set(fields);

/** @param {Record<string, unknown>} record */
async function refine(record) {
  const lease = service.slots.take();
  try {
    const { text, more } = recordDocument(record, service);
    return chosen({ ...more, ...(await finish(service.engine.refine(text, options, lease.stop), lease)) }, members);
  } finally {
    lease.release();
  }
}

let turn = Promise.resolve();
parentPort?.on('message', (line) => {
  turn = turn.then(async () => {
    const answered = await answerLine(line, maxBytes, refine);
    const answer = answered && { line: `${JSON.stringify(answered.record)}\n`, failed: answered.error !== undefined };
    parentPort?.postMessage({ number: line.number, answer });
  });
});
