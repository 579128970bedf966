// Drops files into a batch: node scripts/submit.mjs BATCH FILE...
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { ask } from './service.mjs';

const [batch, ...files] = process.argv.slice(2);
if (!batch || files.length === 0) throw new Error('usage: node scripts/submit.mjs BATCH FILE...');
for (const file of files) {
  await ask(`/batches/${batch}/${basename(file)}`, { method: 'PUT', body: await readFile(file) });
  console.log(`${file} → ${batch}`);
}
