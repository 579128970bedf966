/**
 * What differs between browsers and servers.
 *
 * @typedef {object} Platform
 * @property {() => URL} defaultModel where the bundled model lies
 * @property {() => URL} defaultWasm where the wasm file lies
 * @property {(url: URL | string) => Promise<Response | Uint8Array<ArrayBuffer>>} openWasm
 * @property {(url: URL | string, signal?: AbortSignal) => Promise<Download>} openModel
 * @property {boolean} instantiatesNow whether instances may be made synchronously
 * @property {(() => Worker) | null} createWorker null where there are no workers for this package
 * @property {() => boolean} prefersWorker whether one is used when nobody says
 */

/**
 * Bytes on their way, from wherever.
 *
 * @typedef {object} Download
 * @property {string} name where they come from, for messages
 * @property {number | null} total how many there will be, if that is known
 * @property {boolean} exact whether fewer than `total` means that something was cut off
 * @property {AsyncIterator<Uint8Array, void>} chunks
 */

export {};
