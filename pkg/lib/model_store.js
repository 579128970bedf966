/**
 * Models that were downloaded before, kept in this origin's Cache Storage under their SHA-256: what has no known one is
 * not kept, because nobody could tell whether it is still the same.
 *
 * @typedef {object} ModelStore
 * @property {(sha256: string) => Promise<Response | null>} find
 * @property {(sha256: string, bytes: Uint8Array<ArrayBuffer>) => void} keep
 * @property {(sha256: string) => Promise<void>} drop
 */

const CACHE = 'prox-wasm-models';

/** Nothing here may fail: without a store, or without room in it, models are downloaded each time. @type {ModelStore} */
export const modelStore = {
  async find(sha256) {
    try {
      return (await (await caches.open(CACHE)).match(address(sha256))) ?? null;
    } catch {
      return null;
    }
  },

  keep(sha256, bytes) {
    if (typeof caches === 'undefined') return;
    // copied at once, because the bytes go to a worker next
    const response = new Response(new Blob([bytes]));
    caches
      .open(CACHE)
      .then((cache) => cache.put(address(sha256), response))
      .catch(() => {});
  },

  async drop(sha256) {
    try {
      await (await caches.open(CACHE)).delete(address(sha256));
    } catch {
      // What cannot be had cannot be dropped.
    }
  },
};

/** No such address is ever fetched. @param {string} sha256 */
function address(sha256) {
  return `https://models.prox-wasm.invalid/${sha256}`;
}
