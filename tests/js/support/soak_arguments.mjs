import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { longText, seed } from './seed.mjs';

/** What a soak is to do, by the command line. */
export async function soakArguments() {
  const number = { type: /** @type {const} */ ('string'), default: '0' };
  const { values } = parseArgs({ options: { texts: { type: 'string' }, pages: number, losses: number, cycles: number } });
  const [pages, losses, cycles] = [values.pages, values.losses, values.cycles].map(Number);
  if (![pages, losses, cycles].every((count) => Number.isSafeInteger(count) && count >= 0)) throw new Error('whole numbers');
  const lines = values.texts ? (await readFile(values.texts, 'utf8')).trim().split('\n') : [];
  const texts = lines.length > 0 ? lines.map((line) => JSON.parse(line).text) : [(await seed()).text, longText(300)];
  return { texts, pages, losses, cycles };
}
