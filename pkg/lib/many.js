/** @import { ManyOutcome } from '../index.js' */
/** @import { Platform } from './platform.js' */
/** @import { LoadedRefiner } from './refiner.js' */
import { loadingBytes } from './budget.js';
import { badArgument, checkOptions, checkWhole } from './check.js';
import { asRefineError } from './errors.js';
import { areLanguageModels, readModels } from './lm_models.js';
import { progressReporter } from './progress.js';
import { checkBudget, checkSignal, refineOptions } from './refine_options.js';
import { checkSha256 } from './sha256.js';
import { Stop } from './stop.js';

/** More refiners than this are no gain anywhere, but some browsers report any number of cores. */
const MOST_WORKERS = 64;
/** Texts given to one refiner at a time: one in work, one that waits, so that no refiner does. */
const TEXTS_EACH = 2;

/**
 * `refineMany` for a platform.
 * @param {{ load(options: object): Promise<LoadedRefiner> }} Refiner
 * @param {Platform} platform
 * @param {Iterable<string> | AsyncIterable<string>} texts
 * @param {unknown} given
 * @returns {AsyncGenerator<ManyOutcome, void, void>}
 */
export async function* refineMany(Refiner, platform, texts, given) {
  const { workers, model, sha256, backend, wasm, gpuWasm, memoryBudget, onProgress, worker, signal, ...rest } = checkOptions(given);
  checkSignal(signal);
  checkBudget(memoryBudget);
  const source = iterate(texts);
  const most = poolSize(platform, workers);

  const own = new AbortController();
  const stop = new Stop(signal);
  stop.onStop((reason) => own.abort(reason));
  /** @type {Member[]} */
  const pool = [];
  /** Outcomes that were not given out, in the order of the texts. @type {Promise<ManyOutcome>[]} */
  const waiting = [];
  try {
    stop.throwIfStopped();
    const progress = progressReporter(onProgress, stop);
    const models = await readModels(model ?? platform.defaultModel(), platform, {
      stop,
      signal: own.signal,
      budget: memoryBudget,
      sha256: checkSha256(sha256) ?? (model === undefined ? platform.defaultSha256 : undefined),
      asked: sha256 !== undefined,
      report: (loaded, total) => progress('download', loaded, total),
    });
    const wanted = refineOptions(rest, areLanguageModels(models));
    const length = models.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const fitting = Math.max(1, Math.floor((memoryBudget ?? Infinity) / loadingBytes(length)));
    const size = Math.min(most, fitting);
    const load = () => Refiner.load({ model: again(models), backend, wasm, gpuWasm, worker, signal: own.signal });
    // The first one tells whether the model is any good.
    pool.push(new Member(load));
    await stop.guard(pool[0].ready());

    /** @type {Promise<IteratorResult<string, unknown>> | null} */
    let next = null;
    let [index, ended] = [0, false];
    while (!ended || waiting.length > 0) {
      if (!ended && waiting.length < TEXTS_EACH * size) next ??= Promise.resolve(source.next());
      const first = await stop.guard(Promise.race([...(next ? [next] : []), ...waiting.slice(0, 1)]));
      if ('index' in first) {
        waiting.shift();
        yield first;
        continue;
      }
      next = null;
      ended = Boolean(first.done);
      if (ended) continue;
      const idle = pool.find((member) => member.load === 0);
      if (!idle && pool.length < size) pool.push(new Member(load));
      const member = idle ?? pool.reduce((best, other) => (other.load < best.load ? other : best), pool[pool.length - 1]);
      waiting.push(member.refine(index++, /** @type {string} */ (first.value), { ...wanted, signal: own.signal }));
    }
  } finally {
    own.abort();
    stop.release();
    for (const member of pool) member.dispose();
    // A source that hangs is not waited for.
    Promise.resolve(source.return?.()).catch(() => {});
  }
}

/**
 * What was read, as what may be loaded again.
 * @param {import('./model_bytes.js').ModelBytes[]} models
 */
function again(models) {
  const staged = models.flatMap(({ stage, bytes }) => (stage ? [[stage, bytes]] : []));
  return staged.length > 0 ? Object.fromEntries(staged) : models[0].bytes;
}

/** One refiner of the pool, loaded anew after its worker died. */
class Member {
  /** Texts it was given and did not finish. */
  load = 0;
  #make;
  #refiner;

  /** @param {() => Promise<LoadedRefiner>} make */
  constructor(make) {
    this.#make = make;
    this.#refiner = this.#start();
  }

  #start() {
    const starting = this.#make();
    starting.catch(() => {});
    return starting;
  }

  ready() {
    return this.#refiner;
  }

  /**
   * @param {number} index
   * @param {string} text
   * @param {object} options
   * @returns {Promise<ManyOutcome>}
   */
  async refine(index, text, options) {
    this.load++;
    const mine = this.#refiner;
    try {
      const refiner = await mine;
      return { index, result: await refiner.refine(text, options) };
    } catch (cause) {
      const error = asRefineError(cause);
      if (error.code === 'worker' && this.#refiner === mine) this.#refiner = this.#start();
      return /** @type {any} */ ({ index, error });
    } finally {
      this.load--;
    }
  }

  dispose() {
    this.#refiner.then(
      (refiner) => refiner.dispose(),
      () => {},
    );
  }
}

/**
 * How many refiners there may be: half the cores in browsers, where each has a worker; elsewhere one.
 * @param {Platform} platform
 * @param {unknown} wanted
 */
function poolSize(platform, wanted) {
  if (wanted !== undefined) return checkWhole('workers', wanted, MOST_WORKERS, 1);
  if (platform.createWorker === null || !platform.prefersWorker()) return 1;
  const cores = Object(globalThis.navigator).hardwareConcurrency ?? 2;
  return Math.min(MOST_WORKERS, Math.max(1, Math.floor(cores / 2)));
}

/**
 * @param {any} texts
 * @returns {Iterator<string> | AsyncIterator<string>}
 */
function iterate(texts) {
  if (typeof texts !== 'string') {
    const made = texts?.[Symbol.asyncIterator]?.() ?? texts?.[Symbol.iterator]?.();
    if (typeof made?.next === 'function') return made;
  }
  throw badArgument('texts', 'an iterable or async iterable of strings', texts);
}
