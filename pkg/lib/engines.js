/** @import { LoadProgress } from '../index.js' */
/** @import { Engine } from './engine.js' */
/** @import { GpuRequest, Plan } from './gpu.js' */
/** @import { ModelBytes } from './model_bytes.js' */
/** @import { Stop } from './stop.js' */
import { LocalEngine } from './engine_local.js';
import { asRefineError } from './errors.js';
import { onCpu } from './gpu.js';

/** @typedef {(phase: LoadProgress['phase'], loaded: number, total: number | null) => void} Report */

/**
 * The engine of a plan in this thread. Where the GPU was only to be tried, nothing that goes wrong with it is an error.
 * @param {ModelBytes[]} models one, but for models that write programs
 * @param {Plan} plan
 * @param {Stop} stop
 * @param {Report} report
 * @returns {Promise<Engine>}
 */
export async function openEngine(models, { reason, gpu, programs, budget }, stop, report) {
  if (programs) {
    const { LmEngine } = await stop.guard(import('./lm_engine.js'));
    /** @param {GpuRequest | null} request @param {Report} tell @param {string} why */
    const open = (request, tell, why) => LmEngine.open(models, { module: programs, budget }, onCpu(why), request, stop, tell);
    if (!gpu) return open(null, report, reason);
    return tried(
      gpu,
      (tell) => open(gpu, tell, reason),
      (why) => open(null, report, why),
      { reason, stop, report },
    );
  }
  const [{ bytes }] = models;
  if (!gpu) return new LocalEngine(bytes, onCpu(reason));
  /** @param {Report} tell */
  const open = async (tell) => {
    // With it comes the glue of another wasm file, which others need not load.
    const { GpuEngine } = await stop.guard(import('./gpu_engine.js'));
    const engine = await GpuEngine.open(bytes, gpu, stop, tell);
    if (gpu.demanded || engine.backend.kind === 'webgpu') return engine;
    engine.dispose();
    return new LocalEngine(bytes, onCpu(engine.backend.reason, engine.backend.milliseconds));
  };
  return tried(gpu, open, async (why) => new LocalEngine(bytes, onCpu(why)), { reason, stop, report });
}

/**
 * What `open` opens, or else, where the GPU was not demanded, what `otherwise` does for the reason it is given.
 * @param {GpuRequest} gpu
 * @param {(tell: Report) => Promise<Engine>} open
 * @param {(why: string) => Promise<Engine>} otherwise
 * @param {{ reason: string, stop: Stop, report: Report }} how
 */
async function tried({ demanded }, open, otherwise, { reason, stop, report }) {
  /** @type {{ error: unknown } | null} */
  let thrown = null;
  /** @type {Report} */
  const tell = (...progress) => {
    try {
      report(...progress);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  try {
    return await open(tell);
  } catch (error) {
    // What the caller's own function threw is no fault of the GPU.
    if (thrown) throw /** @type {{ error: unknown }} */ (thrown).error;
    if (demanded || stop.reason) throw error;
    return otherwise(`${asRefineError(error).message}; ${reason}`);
  }
}
