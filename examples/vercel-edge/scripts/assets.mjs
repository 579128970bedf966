// Puts the model among the static files; as a part of the function it would count towards its size limit.
import { copyFile, mkdir } from 'node:fs/promises';

const files = new URL('../public/', import.meta.url);
await mkdir(files, { recursive: true });
await copyFile(new URL(import.meta.resolve('prox-wasm/model/prox-nano.gguf')), new URL('prox-nano.gguf', files));
