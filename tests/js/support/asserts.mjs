// What several tests check in the same way.
import assert from 'node:assert/strict';

import { RefineError } from 'prox-wasm';

/**
 * For `assert.throws` and `assert.rejects`: a `RefineError` with this code.
 * @param {string} code
 * @param {RegExp} [message]
 */
export function coded(code, message = /./) {
  return (/** @type {unknown} */ error) => {
    assert.ok(error instanceof RefineError, `${error} is no RefineError`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

/** @param {AsyncIterable<any>} iterable */
export async function all(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}
