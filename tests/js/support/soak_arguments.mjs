import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { longText, seed } from './seed.mjs';

/** What a soak is to do, by the command line. */
export async function soakArguments() {
  const number = { type: /** @type {const} */ ('string'), default: '0' };
  const path = { type: /** @type {const} */ ('string') };
  const { values } = parseArgs({ options: { texts: path, model: path, pages: number, losses: number, cycles: number } });
  const [pages, losses, cycles] = [values.pages, values.losses, values.cycles].map(Number);
  if (![pages, losses, cycles].every((count) => Number.isSafeInteger(count) && count >= 0)) throw new Error('whole numbers');
  const lines = values.texts ? (await readFile(values.texts, 'utf8')).trim().split('\n') : [];
  const texts = lines.length > 0 ? lines.map((line) => JSON.parse(line).text) : [(await seed()).text, longText(300)];
  // as text, since it crosses to the page or to Deno as JSON
  const model = values.model && (await readFile(values.model)).toString('base64');
  return { texts, model, pages, losses, cycles };
}
