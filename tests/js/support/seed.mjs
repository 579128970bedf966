import { readFile } from 'node:fs/promises';

const data = new URL('../../data/', import.meta.url);

/** The seed page, and the program and text that the native command line makes of it. */
export async function seed() {
  const [text, golden] = await Promise.all([
    readFile(new URL('seed_page.txt', data), 'utf8'),
    readFile(new URL('seed_page.golden.json', data), 'utf8'),
  ]);
  return { text, golden: JSON.parse(golden) };
}

/**
 * A long text of many different lines.
 * @param {number} lines
 */
export function longText(lines) {
  const words = ['river', 'model', 'garden', 'paper', 'window', 'stone', 'market', 'letter', 'cloud', 'bridge'];
  return Array.from({ length: lines }, (_, i) => {
    const length = 4 + ((i * 7) % 23);
    return Array.from({ length }, (_, j) => words[(i * 3 + j * j) % words.length]).join(' ');
  }).join('\n');
}
