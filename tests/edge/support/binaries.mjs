// Deno and Bun themselves: the scripts of their npm packages that would put them in place are not run, and what they start
// outlives them.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : process.arch;

export function bunBinary() {
  return join(require.resolve(`@oven/bun-${process.platform}-${ARCHITECTURE}/package.json`), '../bin/bun');
}

export function denoBinary() {
  const library = process.platform === 'linux' ? '-glibc' : '';
  return join(require.resolve(`@deno/${process.platform}-${process.arch}${library}/package.json`), '../deno');
}
