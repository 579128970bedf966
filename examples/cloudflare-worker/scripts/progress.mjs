// Tells how far a batch is until it is done, then writes its results to standard output: node scripts/progress.mjs BATCH
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ask } from './service.mjs';

const [batch] = process.argv.slice(2);
if (!batch) throw new Error('usage: node scripts/progress.mjs BATCH > results.jsonl');
for (;;) {
  const { documents, refined, dead, done } = await (await ask(`/batches/${batch}`)).json();
  process.stderr.write(`\r${refined} of ${documents} refined, ${dead} dead   `);
  if (done) break;
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
process.stderr.write('\n');
const { body } = await ask(`/batches/${batch}/results`);
await pipeline(Readable.fromWeb(/** @type {any} */ (body)), process.stdout);
