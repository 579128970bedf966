/** @param {unknown} value @returns {value is URL | string} */
export function isUrl(value) {
  return typeof value === 'string' || value instanceof URL;
}

/** @param {unknown} value @returns {value is ArrayBuffer | Uint8Array<ArrayBuffer>} */
export function isBytes(value) {
  return tag(value) === 'ArrayBuffer' || tag(value) === 'Uint8Array';
}

/** @param {unknown} value @returns {value is WebAssembly.Module} */
export function isModule(value) {
  return tag(value) === 'WebAssembly.Module';
}

/** @param {unknown} value @returns {value is Response} */
export function isResponse(value) {
  return tag(value) === 'Response';
}

/** @param {unknown} value @returns {value is Blob} */
export function isBlob(value) {
  return tag(value) === 'Blob' || tag(value) === 'File';
}

/** @param {unknown} value @returns {value is ReadableStream<Uint8Array>} */
export function isStream(value) {
  return tag(value) === 'ReadableStream';
}

/** The name a platform object goes by; holds for objects of other frames too, which `instanceof` does not know. */
function tag(/** @type {unknown} */ value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}
