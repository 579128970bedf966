// The package's GPU backend in Deno, on whatever adapter Vulkan has; mesa-vulkan-drivers brings one that runs on the CPU.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { checkPrograms } from '../js/support/gpu_programs_checks.mjs';
import { LONGER, SIZES, tinyLm } from '../js/support/tiny_lm.mjs';
import { denoBinary } from './support/binaries.mjs';
import { HERE } from './support/files.mjs';

const SEED = fileURLToPath(new URL('../data/seed_page.txt', import.meta.url));
const GOLDEN = JSON.parse(await readFile(new URL('../data/seed_page.golden.json', import.meta.url), 'utf8'));

/** @param {string[]} script and its arguments */
function inDeno(...script) {
  const flags = ['--quiet', '--no-lock', '--node-modules-dir=manual', '--unstable-webgpu', '--allow-read'];
  const { status, stdout, stderr } = spawnSync(denoBinary(), ['run', ...flags, ...script], {
    cwd: HERE,
    encoding: 'utf8',
    // where the driver keeps its sockets; it wants to have a place
    env: { XDG_RUNTIME_DIR: '/tmp', ...process.env },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

test('the native programs of a language model in Deno, made by the GPU, also after a loss', () => {
  const { folder, expected, remove } = tinyLm();
  const seen = inDeno('fixtures/gpu_programs_deno.js', folder, JSON.stringify(SIZES), JSON.stringify(LONGER));
  remove();
  checkPrograms(seen, expected);
});

test('the native program in Deno, made by the GPU, also after a loss', () => {
  const { program, stats, again, meanwhile, healed, backend, devices, scope } = inDeno('fixtures/gpu_deno.js', SEED);
  assert.equal(program, GOLDEN.program);
  assert.equal(again, GOLDEN.program);
  assert.equal(stats.gpu.adapter, backend.adapter);
  assert.deepEqual([stats.gpu.submits, stats.gpu.readbacks, stats.gpu.dispatches], [1, 1, 40]);
  assert.deepEqual([meanwhile.kind, meanwhile.failures], ['cpu', 1], meanwhile.reason);
  assert.deepEqual([healed.program, healed.stats.gpu.submits], [GOLDEN.program, 1]);
  assert.deepEqual([backend.kind, backend.failures, devices], ['webgpu', 1, 2], backend.reason);
  assert.equal(scope, false, 'what wgpu is told of the runtime is gone again');
});
