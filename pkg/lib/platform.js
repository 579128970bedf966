/**
 * What differs between browsers and servers for a wasm file.
 *
 * @typedef {object} WasmPlatform
 * @property {() => URL} defaultWasm where the wasm file lies
 * @property {(url: URL | string) => Promise<Response | Uint8Array<ArrayBuffer>>} openWasm
 * @property {boolean} instantiatesNow whether instances may be made synchronously
 */

/**
 * What differs for models besides.
 *
 * @typedef {object} ModelPlatform
 * @property {() => URL} defaultGpuWasm where the wasm file with the GPU backend lies
 * @property {() => URL} defaultModel where the bundled model lies
 * @property {(url: URL | string, signal?: AbortSignal) => Promise<Download>} openModel
 * @property {string | undefined} defaultSha256 of the bundled model, where it is worth checking
 * @property {import('./model_store.js').ModelStore | null} store where models are kept, if anywhere
 * @property {(() => Worker) | null} createWorker null where there are no workers for this package
 * @property {() => boolean} prefersWorker whether one is used when nobody says
 */

/** @typedef {WasmPlatform & ModelPlatform} Platform */

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
