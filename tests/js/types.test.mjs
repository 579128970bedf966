// The hand-written types: as users compile against them, and against the JavaScript they describe.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TSC = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url));
const STRICT = ['--noEmit', '--strict', '--target', 'es2022', '--exactOptionalPropertyTypes', 'true'];
const API = ['types/api.ts', 'types/edge.ts', 'types/executor.ts'];
const NODE_NEXT = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];

/** @param {string[]} flags */
function tsc(...flags) {
  const done = spawnSync(process.execPath, [TSC, ...flags], { cwd: HERE, encoding: 'utf8' });
  assert.equal(done.stdout + done.stderr, '');
  assert.equal(done.status, 0);
}

test('in a browser project', () => tsc(...STRICT, ...NODE_NEXT, '--lib', 'es2022,dom', '--types', '', ...API));
test('in a worker project', () => tsc(...STRICT, ...NODE_NEXT, '--lib', 'es2022,webworker', '--types', '', ...API));
test('in a Node project without the DOM', () => tsc(...STRICT, ...NODE_NEXT, '--lib', 'es2022', '--types', 'node', ...API));
test('under a bundler', () => {
  tsc(...STRICT, '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom', '--types', '', ...API);
});
test('the package’s own JavaScript', () => tsc('-p', 'types/tsconfig.package.json'));
test('the page’s JavaScript', () => tsc('-p', 'types/tsconfig.page.json'));
