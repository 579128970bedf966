import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

/**
 * The cases of a packed JSONL file of `tests/data`.
 * @param {string} name
 * @returns {Promise<any[]>}
 */
export async function vectors(name) {
  const packed = await readFile(new URL(`../../data/${name}`, import.meta.url));
  return gunzipSync(packed)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
