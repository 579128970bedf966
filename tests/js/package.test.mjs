// What the package promises to its users: the public types, the files in it and their sizes. A change here is a change of the
// package; `UPDATE_GOLDEN=1 node --test package.test.mjs` writes it down.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PKG = new URL('../../pkg/', import.meta.url);

/** @param {string} name @param {string} found */
async function golden(name, found) {
  const url = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN) await writeFile(url, found);
  assert.equal(found, await readFile(url, 'utf8'), `${name} changed; UPDATE_GOLDEN=1 writes it down`);
}

for (const entry of ['index', 'executor', 'edge']) {
  test(`the public types of ${entry}.d.ts`, async () => {
    const source = await readFile(new URL(`${entry}.d.ts`, PKG), 'utf8');
    const bare = source.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/(?!\/).*$/gm, '');
    await golden(`${entry}.d.ts.txt`, `${bare.replace(/[ \t]+$/gm, '').replace(/\n{2,}/g, '\n').trim()}\n`);
  });
}

test('everything public is explained', async () => {
  for (const entry of ['index', 'executor', 'edge']) {
    const lines = (await readFile(new URL(`${entry}.d.ts`, PKG), 'utf8')).split('\n');
    const bare = lines.filter((line, at) => /^export (declare )?(function|class|interface|type(?! \{)|const) /.test(line) && !/\*\/\s*$/.test(lines[at - 1]));
    assert.deepEqual(bare, []);
  }
});

test('the files of the package, and no more bytes than it may have', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], { cwd: fileURLToPath(PKG) });
  const [{ files, size, unpackedSize }] = JSON.parse(stdout);
  const names = files.map(({ path }) => path).sort();
  await golden('files.txt', `${names.join('\n')}\n`);
  assert.ok(size < 4.7e6, `${size} bytes packed`);
  assert.ok(unpackedSize < 6.9e6, `${unpackedSize} bytes unpacked`);
  const scripts = files.filter(({ path }) => path.endsWith('.js') && !path.startsWith('wasm/'));
  const large = scripts.filter(({ size }) => size > 12_000);
  assert.deepEqual(large, []);
});

test('every file an entry may ask for is in the package', async () => {
  const { exports, bin } = JSON.parse(await readFile(new URL('package.json', PKG), 'utf8'));
  const names = new Set((await readFile(new URL('golden/files.txt', import.meta.url), 'utf8')).split('\n'));
  /** @param {any} target @returns {string[]} */
  const targets = (target) => (typeof target === 'string' ? [target] : Object.values(target).flatMap(targets));
  const wanted = [...targets(exports), ...targets(bin)].filter((path) => !path.includes('*')).map((path) => path.replace(/^\.\//, ''));
  assert.deepEqual(wanted.filter((path) => !names.has(path)), []);
});
