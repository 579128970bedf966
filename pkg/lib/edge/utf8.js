import { EdgeError } from './errors.js';

const BOM = [0xef, 0xbb, 0xbf];

/**
 * Bytes of UTF-8 as a string, without a byte order mark.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function decodeUtf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const offset = invalidAt(bytes);
    throw new EdgeError('invalid-utf8', `not UTF-8 at byte ${offset} of ${bytes.length}`, { details: { offset } });
  }
}

/**
 * Where the first sequence that is no UTF-8 begins; the length if there is none.
 * @param {Uint8Array} bytes
 * @returns {number}
 */
export function invalidAt(bytes) {
  let at = BOM.every((byte, i) => bytes[i] === byte) ? BOM.length : 0;
  while (at < bytes.length) {
    const lead = bytes[at];
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const more =
      lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    if (more === 0 || at + more >= bytes.length) return at;
    const [least, most] = secondByte(lead);
    if (bytes[at + 1] < least || bytes[at + 1] > most) return at;
    for (let i = 2; i <= more; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return at;
    at += more + 1;
  }
  return at;
}

/**
 * What may follow a leading byte: no overlong forms, no surrogates, nothing above U+10FFFF.
 * @param {number} lead
 * @returns {[least: number, most: number]}
 */
function secondByte(lead) {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}
