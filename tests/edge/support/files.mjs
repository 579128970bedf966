import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { limitedMemory } from './limited.mjs';

export const HERE = fileURLToPath(new URL('..', import.meta.url));
export const WORK = `${HERE}.work/`;
export const MODEL = fileURLToPath(new URL('../../../pkg/model/prox-nano.gguf', import.meta.url));
export const WASM = fileURLToPath(new URL('../../../pkg/wasm/prox_wasm_bg.wasm', import.meta.url));
export const LIMITED_WASM = `${WORK}limited.wasm`;

/** Pages of memory: enough for the model and a page, not for a text of a megabyte. */
const LIMIT = 124;

/** Writes what the fixtures need beside the package, at one stroke: other tests may be reading it. */
export async function prepare() {
  await mkdir(WORK, { recursive: true });
  const draft = `${LIMITED_WASM}.${process.pid}`;
  await writeFile(draft, limitedMemory(await readFile(WASM), LIMIT));
  await rename(draft, LIMITED_WASM);
}
