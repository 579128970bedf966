// The two entries that hold the language and the executor, as Node imports them.
import * as executor from 'prox-wasm/executor';
import * as main from 'prox-wasm';

/** @type {[name: string, entry: typeof executor][]} */
export const ENTRIES = [
  ['prox-wasm', main],
  ['prox-wasm/executor', executor],
];
