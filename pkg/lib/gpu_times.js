/** @import { BackendInfo } from '../index.js' */
/** @import { Adapter } from './gpu.js' */

const KEY = 'prox-wasm:gpu-times';
/** Models and adapters that are remembered. */
const MOST = 16;

/** Where there is no storage. @type {string | null} */
let kept = null;

/**
 * Whether any adapter ran a model of this size.
 * @param {number} bytes
 */
export function knowsTimes(bytes) {
  return entries().some((entry) => entry.bytes === bytes);
}

/**
 * What a window of lines took, in milliseconds, the last time that this adapter ran a model of this size.
 * @param {Adapter} adapter
 * @param {number} bytes
 * @returns {{ gpu: number, cpu: number } | undefined}
 */
export function recallTimes(adapter, bytes) {
  return entries().find((entry) => entry.name === adapter.name && entry.bytes === bytes)?.times;
}

/**
 * @param {Adapter} adapter
 * @param {number} bytes
 * @param {BackendInfo['milliseconds']} times
 */
export function rememberTimes(adapter, bytes, times) {
  if (!times) return;
  const { name } = adapter;
  const others = entries().filter((entry) => entry.name !== name || entry.bytes !== bytes);
  kept = JSON.stringify([{ name, bytes, times }, ...others].slice(0, MOST));
  try {
    storage()?.setItem(KEY, kept);
  } catch {
    // full, or not allowed
  }
}

/** @returns {{ name: string, bytes: number, times: { gpu: number, cpu: number } }[]} */
function entries() {
  try {
    const found = JSON.parse(storage()?.getItem(KEY) ?? kept ?? '[]');
    return found.filter((/** @type {any} */ { times }) => [times.gpu, times.cpu].every(Number.isFinite));
  } catch {
    // not what was written here
    return [];
  }
}

/** Of browser windows: workers have none, and that of other runtimes is not ours to write to. */
function storage() {
  return typeof document === 'object' ? globalThis.localStorage : null;
}
