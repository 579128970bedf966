// The GPU backend for long, in Deno: `node tests/edge/gpu_soak.mjs`, with the options of tests/js/gpu_soak.mjs.
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';

import { soakArguments } from '../js/support/soak_arguments.mjs';
import { denoBinary } from './support/binaries.mjs';
import { HERE, WORK } from './support/files.mjs';

await mkdir(WORK, { recursive: true });
const what = `${WORK}gpu_soak.${process.pid}.json`;
await writeFile(what, JSON.stringify(await soakArguments()));
const flags = ['--quiet', '--no-lock', '--node-modules-dir=manual', '--unstable-webgpu', '--allow-read'];
const { status } = spawnSync(denoBinary(), ['run', ...flags, 'fixtures/gpu_soak_deno.js', what], {
  cwd: HERE,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { XDG_RUNTIME_DIR: '/tmp', ...process.env },
});
process.exitCode = status ?? 1;
