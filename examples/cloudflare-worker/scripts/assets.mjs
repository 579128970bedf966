// Puts the model among the assets, where the worker reads it at its first request.
import { copyFile, mkdir } from 'node:fs/promises';

const assets = new URL('../assets/', import.meta.url);
await mkdir(assets, { recursive: true });
await copyFile(new URL(import.meta.resolve('prox-wasm/model/prox-nano.gguf')), new URL('prox-nano.gguf', assets));
