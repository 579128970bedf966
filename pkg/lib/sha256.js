import { badArgument } from './check.js';
import { RefineError } from './errors.js';

/**
 * @param {unknown} value
 * @param {string} [name]
 * @returns {string | undefined} in lower case
 */
export function checkSha256(value, name = 'sha256') {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[\da-f]{64}$/i.test(value)) throw badArgument(name, 'a SHA-256 of 64 hexadecimal digits', value);
  return value.toLowerCase();
}

/**
 * Null where this context may not compute it, as pages that did not come over HTTPS.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<string | null>}
 */
export async function sha256(bytes) {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) return null;
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} wanted
 * @param {string} name of what they are, for the message
 * @param {boolean} asked whether the caller gave the hash, and so must not be left without an answer
 */
export async function checkHash(bytes, wanted, name, asked) {
  const found = await sha256(bytes);
  if (found === null && asked) throw new RefineError('unsupported', 'SHA-256 can be checked in secure contexts only (HTTPS or localhost)');
  if (found === null || found === wanted) return;
  const hint = 'the download was damaged or is another file; loading again may help';
  throw new RefineError('integrity', `${name} has the SHA-256 ${found} instead of ${wanted}: ${hint}`);
}
