// Where things lie in the bucket.
const NAME = /^[\w.-]{1,100}$/;

/** @param {string} text */
export function isName(text) {
  return NAME.test(text) && !/^\.+$/.test(text);
}

/** An object as it was dropped. @param {string} batch @param {string} name */
export const inputKey = (batch, name) => `in/${batch}/${name}`;

/** How many documents an object has, once it is split. @param {string} batch @param {string} [name] */
export const splitKey = (batch, name = '') => `split/${batch}/${name}`;

/** What became of a document; in the order of the lines. @param {string} batch @param {string} [name] @param {number} [line] */
export function resultKey(batch, name, line) {
  if (name === undefined || line === undefined) return `out/${batch}/`;
  return `out/${batch}/${name}/${String(line).padStart(9, '0')}.json`;
}

/** @param {string} batch */
export const manifestKey = (batch) => `manifests/${batch}.json`;

/**
 * Batch and name in the key of an object that was dropped; null for what is none.
 * @param {string} key
 */
export function inputOf(key) {
  const [folder, batch, name, ...rest] = key.split('/');
  if (folder !== 'in' || rest.length > 0 || !isName(batch ?? '') || !isName(name ?? '')) return null;
  return { batch, name };
}
