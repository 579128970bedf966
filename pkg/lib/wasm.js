/** @import { Platform } from './platform.js' */
import initialise, * as glue from '../wasm/prox_wasm.js';
import { badArgument } from './check.js';
import { RefineError } from './errors.js';
import { isBytes, isModule, isResponse, isUrl } from './kind.js';
import { guarded } from './trap.js';

/** The module of this thread, once its instance runs. @type {WebAssembly.Module | null} */
let module = null;
/** @type {{ memory: WebAssembly.Memory } | null} */
let instance = null;
/** @type {Promise<WebAssembly.Module> | null} */
let starting = null;

/**
 * Compiles and instantiates, once for each thread: the first source wins. Resolves to the module, for other threads.
 * @param {Platform} platform
 * @param {unknown} source what `init({ wasm })` takes
 * @returns {Promise<WebAssembly.Module>}
 */
export function startWasm(platform, source) {
  if (module) return Promise.resolve(module);
  starting ??= start(platform, source).catch((error) => {
    starting = null;
    throw error;
  });
  return starting;
}

/**
 * @param {Platform} platform
 * @param {unknown} source
 */
async function start(platform, source) {
  const compiled = await compile(platform, source ?? platform.defaultWasm());
  if (module) return module;
  if (platform.instantiatesNow) {
    await explained(async () => startWasmNow(() => compiled));
  } else {
    instance = await explained(() => initialise({ module_or_path: compiled }));
    module = compiled;
  }
  return compiled;
}

/**
 * Instantiates here and now; threads other than a browser's main thread may.
 * @param {() => WebAssembly.Module} compileNow
 */
export function startWasmNow(compileNow) {
  if (module) return;
  const compiled = compileNow();
  instance = glue.initSync({ module: compiled });
  module = compiled;
}

/**
 * Runs `call` with the exports of the Rust side.
 * @template T
 * @param {(exports: typeof glue) => T} call
 * @returns {T}
 */
export function inWasm(call) {
  const { memory } = instance ?? notReady();
  return guarded(
    () => call(glue),
    () => memory,
  );
}

/** @returns {never} */
function notReady() {
  throw new RefineError('not-ready', 'WebAssembly is not ready: first await init() or Refiner.load()');
}

/**
 * @param {Platform} platform
 * @param {unknown} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(platform, source) {
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
