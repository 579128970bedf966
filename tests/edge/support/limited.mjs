// A wasm file whose memory may not grow beyond a limit: what does not fit into it traps.
const MEMORY_SECTION = 5;
const HEADER = 8;

/**
 * @param {Uint8Array} wasm
 * @param {number} pages of 64 KiB
 * @returns {Uint8Array}
 */
export function limitedMemory(wasm, pages) {
  for (let at = HEADER; at < wasm.length;) {
    const [size, start] = leb(wasm, at + 1);
    if (wasm[at] !== MEMORY_SECTION) {
      at = start + size;
      continue;
    }
    const [count, flagAt] = leb(wasm, start);
    if (count !== 1 || wasm[flagAt] !== 0) throw new Error('one memory without a limit was expected');
    const [least] = leb(wasm, flagAt + 1);
    const section = [1, 1, ...lebOf(least), ...lebOf(pages)];
    const parts = [wasm.subarray(0, at), Buffer.from([MEMORY_SECTION, ...lebOf(section.length), ...section])];
    return Buffer.concat([...parts, wasm.subarray(start + size)]);
  }
  throw new Error('the wasm file has no memory of its own');
}

/** @param {Uint8Array} bytes @param {number} at @returns {[value: number, next: number]} */
function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}

/** @param {number} value */
function lebOf(value) {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}
