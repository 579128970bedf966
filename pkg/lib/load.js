/** @import { BackendInfo } from '../index.js' */
/** @import { Platform } from './platform.js' */
import { badArgument, checkFunction, checkOptions } from './check.js';
import { LocalEngine } from './engine_local.js';
import { WorkerEngine } from './engine_worker.js';
import { RefineError, asRefineError } from './errors.js';
import { full } from './full.js';
import { readModel } from './model_bytes.js';
import { pause } from './pause.js';
import { progressReporter } from './progress.js';
import { checkBudget, checkSignal } from './refine_options.js';
import { makeRefiner } from './refiner.js';
import { checkSha256 } from './sha256.js';
import { Stop } from './stop.js';

/**
 * `Refiner.load` for a platform.
 * @template {typeof import('./refiner.js').LoadedRefiner} T
 * @param {T} Refiner
 * @param {Platform} platform
 * @param {unknown} given
 */
export async function load(Refiner, platform, given) {
  const options = checkOptions(given);
  const { signal, memoryBudget, onProgress } = options;
  checkSignal(signal);
  checkBudget(memoryBudget);
  checkFunction('onProgress', onProgress);
  const sha256 = checkSha256(options.sha256);
  const backend = chooseBackend(options.backend);
  const inWorker = chooseWorker(platform, options.worker);

  const stop = new Stop(signal);
  /** @type {WorkerEngine | null} */
  let workerEngine = null;
  try {
    stop.throwIfStopped();
    const progress = progressReporter(onProgress, stop);
    // The wasm file, the worker's script and the model load at the same time.
    const starting = full.start(platform, options.wasm);
    starting.catch(() => {});
    if (inWorker && platform.createWorker) workerEngine = new WorkerEngine(platform.createWorker());
    const model = await readModel(options.model ?? platform.defaultModel(), platform, {
      stop,
      signal,
      budget: memoryBudget,
      sha256: sha256 ?? (options.model === undefined ? platform.defaultSha256 : undefined),
      asked: sha256 !== undefined,
      report: (loaded, total) => progress('download', loaded, total),
    });
    const module = await stop.guard(starting);
    const { length } = model.bytes;
    progress('verify', 0, length);
    const engine = await named(model.name, async () => {
      if (!workerEngine) {
        await stop.guard(pause());
        return new LocalEngine(model.bytes);
      }
      await workerEngine.load(module, model, stop);
      return workerEngine;
    });
    progress('verify', length, length);
    return makeRefiner(Refiner, engine, backend);
  } catch (error) {
    workerEngine?.dispose();
    throw asRefineError(error);
  } finally {
    stop.release();
  }
}

/**
 * Says of which model it is that something is wrong.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 */
async function named(name, work) {
  try {
    return await work();
  } catch (error) {
    const { code, message, cause } = asRefineError(error);
    throw code === 'invalid-model' ? new RefineError(code, `${name}: ${message}`, { cause }) : error;
  }
}

/**
 * @param {unknown} wanted
 * @returns {BackendInfo}
 */
function chooseBackend(wanted = 'auto') {
  if (wanted === 'cpu') return { kind: 'cpu', reason: 'asked for: WebAssembly SIMD, one thread' };
  if (wanted === 'auto') {
    return { kind: 'cpu', reason: 'this version has no GPU backend: WebAssembly SIMD, one thread' };
  }
  if (wanted !== 'webgpu') throw badArgument('backend', "'auto', 'webgpu' or 'cpu'", wanted);
  throw new RefineError('unsupported', "the GPU backend is not in this version; use backend 'auto' or 'cpu'");
}

/**
 * @param {Platform} platform
 * @param {unknown} wanted
 * @returns {boolean}
 */
function chooseWorker(platform, wanted) {
  if (wanted === undefined) return platform.createWorker !== null && platform.prefersWorker();
  if (typeof wanted !== 'boolean') throw badArgument('worker', 'true or false', wanted);
  if (wanted && (platform.createWorker === null || typeof Worker === 'undefined')) {
    throw new RefineError('unsupported', 'this runtime has no worker for the refiner; leave `worker` out or give false');
  }
  return wanted;
}
