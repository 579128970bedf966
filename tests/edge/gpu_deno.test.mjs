// The package's GPU backend in Deno, on whatever adapter Vulkan has; mesa-vulkan-drivers brings one that runs on the CPU.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { denoBinary } from './support/binaries.mjs';
import { HERE } from './support/files.mjs';

const SEED = fileURLToPath(new URL('../data/seed_page.txt', import.meta.url));
const GOLDEN = JSON.parse(await readFile(new URL('../data/seed_page.golden.json', import.meta.url), 'utf8'));

test('the native program in Deno, made by the GPU, also after a loss', () => {
  const flags = ['--quiet', '--no-lock', '--node-modules-dir=manual', '--unstable-webgpu', '--allow-read'];
  const { status, stdout, stderr } = spawnSync(denoBinary(), ['run', ...flags, 'fixtures/gpu_deno.js', SEED], {
    cwd: HERE,
    encoding: 'utf8',
    // where the driver keeps its sockets; it wants to have a place
    env: { XDG_RUNTIME_DIR: '/tmp', ...process.env },
  });
  assert.equal(status, 0, stderr);
  const { program, stats, again, backend, devices, scope } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  assert.equal(program, GOLDEN.program);
  assert.equal(again, GOLDEN.program);
  assert.equal(stats.gpu.adapter, backend.adapter);
  assert.deepEqual([stats.gpu.submits, stats.gpu.readbacks, stats.gpu.dispatches], [1, 1, 40]);
  assert.deepEqual([backend.kind, backend.failures, devices], ['webgpu', 1, 2], backend.reason);
  assert.equal(scope, false, 'what wgpu is told of the runtime is gone again');
});
