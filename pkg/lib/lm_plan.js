/** @import { Platform } from './platform.js' */
/** @import { Plan, checkBackend } from './gpu.js' */
import { RefineError } from './errors.js';
import { compileWasm } from './wasm.js';

/**
 * What `Refiner.load` should do with models that write programs.
 * @param {ReturnType<typeof checkBackend>} wanted
 * @param {number} _bytes
 * @param {Platform} platform
 * @param {unknown} [wasm] instead of the bundled file
 * @returns {Promise<Plan>}
 */
export async function planPrograms(wanted, _bytes, platform, wasm) {
  if (wanted === 'webgpu') {
    throw new RefineError('unsupported', "models that write programs run on the CPU in this version; use backend 'auto' or 'cpu'");
  }
  const module = await compileWasm(platform, wasm ?? platform.defaultGpuWasm());
  const why = wanted === 'cpu' ? 'asked for' : 'models that write programs run on the CPU in this version';
  return { reason: `${why}: WebAssembly SIMD, one thread`, gpu: null, programs: module };
}
