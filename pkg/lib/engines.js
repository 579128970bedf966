/** @import { LoadProgress } from '../index.js' */
/** @import { Engine } from './engine.js' */
/** @import { Plan } from './gpu.js' */
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
export async function openEngine(models, { reason, gpu, programs }, stop, report) {
  if (programs) {
    const { LmEngine } = await stop.guard(import('./lm_engine.js'));
    return LmEngine.open(models, programs, onCpu(reason), stop);
  }
  const [{ bytes }] = models;
  if (!gpu) return new LocalEngine(bytes, onCpu(reason));
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
    // With it comes the glue of another wasm file, which others need not load.
    const { GpuEngine } = await stop.guard(import('./gpu_engine.js'));
    const engine = await GpuEngine.open(bytes, gpu, stop, tell);
    if (gpu.demanded || engine.backend.kind === 'webgpu') return engine;
    engine.dispose();
    return new LocalEngine(bytes, onCpu(engine.backend.reason, engine.backend.milliseconds));
  } catch (error) {
    // What the caller's own function threw is no fault of the GPU.
    if (thrown) throw /** @type {{ error: unknown }} */ (thrown).error;
    if (gpu.demanded || stop.reason) throw error;
    return new LocalEngine(bytes, onCpu(`${asRefineError(error).message}; ${reason}`));
  }
}
