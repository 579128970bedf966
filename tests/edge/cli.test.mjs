// `npx prox-wasm`: refine and serve.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { WORK, prepare } from './support/files.mjs';

const BIN = fileURLToPath(new URL('../../pkg/bin.js', import.meta.url));
const SEED = await readFile(new URL('../data/seed_page.txt', import.meta.url), 'utf8');
const GOLDEN = JSON.parse(await readFile(new URL('../data/seed_page.golden.json', import.meta.url), 'utf8'));

await prepare();

/** @param {string[]} args @param {string} [input] */
function run(args, input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** @param {unknown[]} records */
const jsonl = (records) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const parsed = (/** @type {string} */ text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a file is refined into a file, in order, on several threads', async () => {
  const [from, to] = [`${WORK}in.jsonl`, `${WORK}out.jsonl`];
  const pages = Array.from({ length: 60 }, (_, i) => ({ id: i, text: `${SEED.slice(0, 100 + 37 * (i % 9))} ${i}` }));
  await writeFile(from, jsonl(pages));
  await rm(to, { force: true });
  const flags = [
    '--threshold',
    '0',
    '--doc-threshold',
    '0',
    '--no-normalize',
    '--fields',
    'text',
    '--jobs',
    '3',
    '--progress',
  ];
  const { status, stdout, stderr } = run(['refine', from, '-o', to, ...flags]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /60 documents, 100 % read/);
  assert.deepEqual(parsed(await readFile(to, 'utf8')), pages);
});

test('standard input and output; the program of the native command line', () => {
  const { status, stdout, stderr } = run(['refine', '--jobs', '1'], jsonl([{ id: 'seed', text: SEED }]));
  assert.deepEqual([status, stderr], [0, '']);
  const [{ id, program, text }] = parsed(stdout);
  assert.deepEqual({ id, program, text }, { id: 'seed', program: GOLDEN.program, text: GOLDEN.text });
});

test('bad lines get errors in their places, and the status says so', () => {
  const { status, stdout, stderr } = run(
    ['refine', '--fields', 'kept'],
    `nope\n\n${jsonl([{ id: 2 }, { id: 3, text: 'x' }])}`,
  );
  assert.equal(status, 1);
  assert.match(stderr, /2 bad input lines/);
  assert.deepEqual(
    parsed(stdout).map(({ id, line, error }) => [id, line, error?.code]),
    [
      [null, 1, 'invalid-json'],
      [2, 3, 'invalid-record'],
      [3, undefined, undefined],
    ],
  );
});

test('what makes no sense or cannot be read is refused', () => {
  for (const args of [
    [],
    ['fly'],
    ['refine', '--port', '1'],
    ['refine', '--threshold', 'x'],
    ['refine', '--oops'],
    ['serve', 'file'],
    ['refine', '--jobs', '0'],
    ['refine', '--threshold', '2'],
  ]) {
    const { status, stderr } = run(args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^prox-wasm: .+\nusage:/);
  }
  const missing = run(['refine', '/no/such.jsonl']);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /no such file/);
  const model = run(['refine', '--model', '/no/such.gguf'], jsonl([{ text: 'x' }]));
  assert.equal(model.status, 1);
  assert.match(model.stderr, /no such file/);
  const notModel = run(['refine', '--model', BIN], jsonl([{ text: 'x' }]));
  assert.equal(notModel.status, 1);
  assert.match(notModel.stderr, /GGUF/i);
  assert.equal(run(['--help']).status, 0);
});

test('the service says where it is, keeps its token, and ends when told to', async () => {
  const env = { ...process.env, PROX_TOKEN: 'secret' };
  const child = spawn(process.execPath, [BIN, 'serve', '--port', '0', '--cors', '*'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [said] = await once(child.stderr.setEncoding('utf8'), 'data');
  const { origin } = new URL(/http:\S+/.exec(said)?.[0] ?? '');
  const ask = (/** @type {Record<string, string>} */ headers) =>
    fetch(`${origin}/refine`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', connection: 'close', ...headers },
      body: SEED,
    });
  assert.equal((await ask({})).status, 401);
  const answer = await ask({ authorization: 'Bearer secret' });
  assert.equal((await answer.json()).program, GOLDEN.program);
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});
