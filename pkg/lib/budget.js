import { RefineError } from './errors.js';

/** What WebAssembly memory can hold at most. */
const ADDRESSABLE = 2 ** 32;
/** The program itself, its stack and a document being refined. */
const WORKING_BYTES = 16 * 2 ** 20;

/**
 * Bytes of memory that a model of `modelBytes` takes at least while it is loaded: as it came, once more in WebAssembly memory,
 * and room to work. What a model that writes programs takes beyond that is known once its sizes have been read.
 * @param {number} modelBytes
 */
export function loadingBytes(modelBytes) {
  return 2 * modelBytes + WORKING_BYTES;
}

/**
 * Refuses a model before memory is taken for it.
 * @param {number} modelBytes
 * @param {number} [budget]
 */
export function checkFits(modelBytes, budget = Infinity) {
  const need = loadingBytes(modelBytes);
  if (need > budget) {
    const parts = `twice the model's ${modelBytes} and ${WORKING_BYTES} to work in`;
    throw new RefineError('memory-budget', `loading needs ${need} bytes (${parts}), the memoryBudget is ${budget} bytes`);
  }
  if (modelBytes + WORKING_BYTES > ADDRESSABLE) {
    throw new RefineError('out-of-memory', `the model's ${modelBytes} bytes exceed WebAssembly's ${ADDRESSABLE} bytes`);
  }
}

/**
 * @param {number} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function allocate(bytes) {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new RefineError('out-of-memory', `${bytes} bytes for the model are not to be had`, { cause });
  }
}
