/** @import { Platform } from './platform.js' */
/** @import { Plan, checkBackend } from './gpu.js' */
import { planBackend } from './gpu.js';
import { compileWasm } from './wasm.js';

/**
 * What `Refiner.load` should do with models that write programs: as with others, but that one wasm file has both their CPU and
 * their GPU backend.
 * @param {ReturnType<typeof checkBackend>} wanted
 * @param {number} bytes
 * @param {Platform} platform
 * @param {unknown} [wasm] instead of the bundled file
 * @param {number} [budget] bytes of memory for all of it, the files as they came included
 * @returns {Promise<Plan>}
 */
export async function planPrograms(wanted, bytes, platform, wasm, budget) {
  const plan = await planBackend(wanted, bytes, platform, wasm);
  const programs = plan.gpu?.module ?? (await compileWasm(platform, wasm ?? platform.defaultGpuWasm()));
  return { ...plan, programs, budget: budget === undefined ? undefined : Math.max(0, budget - bytes) };
}
