/** @import { Platform } from './platform.js' */
import { badArgument, checkFunction, checkOptions } from './check.js';
import { WorkerEngine } from './engine_worker.js';
import { openEngine } from './engines.js';
import { RefineError, asRefineError } from './errors.js';
import { full } from './full.js';
import { checkBackend, demandAdapter, planBackend } from './gpu.js';
import { rememberTimes } from './gpu_times.js';
import { planPrograms } from './lm_plan.js';
import { areLanguageModels, readModels } from './lm_models.js';
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
  const backend = checkBackend(options.backend);
  const inWorker = chooseWorker(platform, options.worker);

  const stop = new Stop(signal);
  /** @type {WorkerEngine | null} */
  let workerEngine = null;
  try {
    stop.throwIfStopped();
    // Before anything is downloaded in vain.
    if (backend === 'webgpu') await stop.guard(demandAdapter());
    const progress = progressReporter(onProgress, stop);
    // The wasm file, the worker's script and the model load at the same time.
    const starting = full.start(platform, options.wasm);
    starting.catch(() => {});
    if (inWorker && platform.createWorker) workerEngine = new WorkerEngine(platform.createWorker());
    const models = await readModels(options.model ?? platform.defaultModel(), platform, {
      stop,
      signal,
      budget: memoryBudget,
      sha256: sha256 ?? (options.model === undefined ? platform.defaultSha256 : undefined),
      asked: sha256 !== undefined,
      report: (loaded, total) => progress('download', loaded, total),
    });
    const module = await stop.guard(starting);
    const length = models.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const planner = areLanguageModels(models) ? planPrograms : planBackend;
    const plan = await stop.guard(planner(backend, length, platform, options.gpuWasm, memoryBudget));
    progress('verify', 0, length);
    const engine = await named(models.map(({ name }) => name).join(', '), async () => {
      if (!workerEngine) {
        await stop.guard(pause());
        return openEngine(models, plan, stop, progress);
      }
      await workerEngine.load(module, models, plan, stop, progress);
      return workerEngine;
    });
    if (plan.gpu) rememberTimes(plan.gpu.adapter, length, engine.backend.milliseconds);
    progress('verify', length, length);
    return makeRefiner(Refiner, engine);
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
