/** @import { WasmPlatform } from './platform.js' */
import { badArgument } from './check.js';
import { RefineError } from './errors.js';
import { isBytes, isModule, isResponse, isUrl } from './kind.js';
import { TrapGuard } from './trap.js';

/**
 * What wasm-bindgen writes beside a wasm file.
 *
 * @typedef {object} Glue
 * @property {(input: { module_or_path: WebAssembly.Module }) => Promise<{ memory: WebAssembly.Memory }>} default
 * @property {(input: { module: WebAssembly.Module }) => { memory: WebAssembly.Memory }} initSync
 */

/**
 * One wasm file in this thread, which has one instance: the first source wins.
 * @template {Glue} T
 */
export class Runtime {
  /** @type {T} */
  #glue;
  /** The module, once its instance runs. @type {WebAssembly.Module | null} */
  #module = null;
  /** @type {{ memory: WebAssembly.Memory } | null} */
  #instance = null;
  /** @type {Promise<WebAssembly.Module> | null} */
  #starting = null;
  #guard = new TrapGuard();

  /** @param {T} glue */
  constructor(glue) {
    this.#glue = glue;
  }

  /**
   * Compiles and instantiates, once. Resolves to the module, for other threads.
   * @param {WasmPlatform} platform
   * @param {unknown} source what `init({ wasm })` takes
   * @returns {Promise<WebAssembly.Module>}
   */
  start(platform, source) {
    if (this.#module) return Promise.resolve(this.#module);
    this.#starting ??= this.#start(platform, source).catch((error) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  /**
   * @param {WasmPlatform} platform
   * @param {unknown} source
   */
  async #start(platform, source) {
    const compiled = await compileWasm(platform, source ?? platform.defaultWasm());
    if (this.#module) return this.#module;
    if (platform.instantiatesNow) {
      await explained(async () => this.startNow(() => compiled));
    } else {
      this.#instance = await explained(() => this.#glue.default({ module_or_path: compiled }));
      this.#module = compiled;
    }
    return compiled;
  }

  /**
   * Instantiates here and now; threads other than a browser's main thread may.
   * @param {() => WebAssembly.Module} compileNow
   */
  startNow(compileNow) {
    if (this.#module) return;
    const compiled = compileNow();
    this.#instance = this.#glue.initSync({ module: compiled });
    this.#module = compiled;
  }

  /** Whether the instance has stopped for good. */
  get isTrapped() {
    return this.#guard.isTrapped;
  }

  /**
   * Runs `call` with the exports of the Rust side.
   * @template R
   * @param {(exports: T) => R} call
   * @returns {R}
   */
  run(call) {
    if (!this.#instance) throw new RefineError('not-ready', 'WebAssembly is not ready: first await init()');
    return this.#guard.run(() => call(this.#glue), this.#instance.memory);
  }
}

/**
 * @param {WasmPlatform} platform
 * @param {unknown} source
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileWasm(platform, source) {
  if (isModule(source)) return source;
  if (isBytes(source)) return explained(() => WebAssembly.compile(source));
  if (isResponse(source)) return compileResponse(source);
  if (!isUrl(source)) throw badArgument('wasm', 'a URL, a Response, bytes or a WebAssembly.Module', source);
  const opened = await platform.openWasm(source);
  return isResponse(opened) ? compileResponse(opened) : explained(() => WebAssembly.compile(opened));
}

/**
 * While it downloads where the server names the right type, afterwards where it does not.
 * @param {Response} response
 */
async function compileResponse(response) {
  if (!response.ok) throw new RefineError('network', `HTTP status ${response.status} from ${response.url}`);
  const typed = /^application\/wasm\s*$/i.test(response.headers.get('content-type') ?? '');
  if (typed && typeof WebAssembly.compileStreaming === 'function') {
    return explained(() => WebAssembly.compileStreaming(response), response.url);
  }
  return explained(async () => WebAssembly.compile(await response.arrayBuffer()), response.url);
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [url]
 * @returns {Promise<T>}
 */
async function explained(work, url) {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RefineError) throw cause;
    const { message } = /** @type {Error} */ (cause);
    const refused = cause instanceof WebAssembly.CompileError || cause instanceof WebAssembly.LinkError;
    if (url && !refused) throw new RefineError('network', `${url} could not be read: ${message}`, { cause });
    const from = url ? ` from ${url}` : '';
    const needs = "fixed-width SIMD and, under a Content-Security-Policy, script-src 'wasm-unsafe-eval'";
    throw new RefineError('unsupported', `the wasm file${from} does not start here: ${message} (it needs ${needs})`, {
      cause,
    });
  }
}
