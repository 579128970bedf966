import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../../target', import.meta.url));

/** Sizes that make several chunks of its page. */
export const SIZES = { chunkTokens: 300, programTokens: 40 };
/** Room for programs of several statements. */
export const LONGER = { ...SIZES, programTokens: 150, level: /** @type {const} */ ('chunk') };

/** A tiny language model, one that writes several statements, and what the native side makes of a page with them. `cargo build --example tiny_lm` makes what makes both. */
export function tinyLm() {
  const folder = mkdtempSync(join(tmpdir(), 'prox-lm-'));
  execFileSync(join(TARGET, 'debug/examples/tiny_lm'), [folder]);
  const file = join(folder, 'tiny.gguf');
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  return { file, writing: join(folder, 'writing.gguf'), folder, expected, remove: () => rmSync(folder, { recursive: true }) };
}
