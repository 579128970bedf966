/** @import { BackendInfo } from '../index.js' */
/** @import { Platform } from './platform.js' */
import { badArgument } from './check.js';
import { RefineError, asRefineError } from './errors.js';
import { knowsTimes, recallTimes } from './gpu_times.js';
import { compileWasm } from './wasm.js';

/**
 * A graphics processor, or a program that stands in for one.
 * @typedef {{ name: string, software: boolean }} Adapter
 */

/**
 * Where a model is to run: on the CPU for this reason, unless there is a GPU to try. Where it writes programs, `programs` is the
 * wasm file for those, and `budget` how many bytes of its memory they may take.
 * @typedef {{ reason: string, gpu: GpuRequest | null, programs?: WebAssembly.Module, budget?: number }} Plan
 * @typedef {{ adapter: Adapter, demanded: boolean, module: WebAssembly.Module }} GpuRequest
 */

/** Below this a model is quick on the CPU, and the GPU's wasm file is not loaded just to see whether it would be quicker. */
const SMALL_BYTES = 8 * 2 ** 20;

const ON_CPU = 'WebAssembly SIMD, one thread';

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/**
 * @param {unknown} wanted
 * @returns {'auto' | 'webgpu' | 'cpu'}
 */
export function checkBackend(wanted = 'auto') {
  if (wanted === 'auto' || wanted === 'webgpu' || wanted === 'cpu') return wanted;
  throw badArgument('backend', "'auto', 'webgpu' or 'cpu'", wanted);
}

/** The adapter, or an error that says why there is none. @returns {Promise<Adapter>} */
export async function demandAdapter() {
  const found = await findAdapter();
  if (typeof found !== 'string') return found;
  throw new RefineError('unsupported', `backend 'webgpu' is not to be had: ${found}`);
}

/**
 * What `Refiner.load` should do with a model of so many bytes.
 * @param {ReturnType<typeof checkBackend>} wanted
 * @param {number} bytes
 * @param {Platform} platform
 * @param {unknown} [wasm] instead of the bundled file
 * @returns {Promise<Plan>}
 */
export async function planBackend(wanted, bytes, platform, wasm) {
  if (wanted === 'cpu') return { reason: `asked for: ${ON_CPU}`, gpu: null };
  const source = wasm ?? platform.defaultGpuWasm();
  if (wanted === 'webgpu') {
    const adapter = await demandAdapter();
    return { reason: ON_CPU, gpu: { adapter, demanded: true, module: await compileWasm(platform, source) } };
  }
  try {
    const choice = await preferred(bytes);
    if (typeof choice === 'string') return { reason: `${choice}: ${ON_CPU}`, gpu: null };
    return { reason: ON_CPU, gpu: { adapter: choice, demanded: false, module: await compileWasm(platform, source) } };
  } catch (error) {
    return { reason: `${asRefineError(error).message}: ${ON_CPU}`, gpu: null };
  }
}

/**
 * @param {number} bytes
 * @returns {Promise<Adapter | string>} a GPU that may be faster, or why it is the CPU
 */
async function preferred(bytes) {
  const small = bytes < SMALL_BYTES;
  const quick = `a model of ${bytes} bytes is quick on the CPU`;
  // Asking for an adapter may wake hardware that sleeps.
  if (small && !knowsTimes(bytes)) return quick;
  const adapter = await findAdapter();
  if (typeof adapter === 'string') return adapter;
  if (adapter.software) return `${adapter.name} is a software adapter and no faster`;
  const times = recallTimes(adapter, bytes);
  if (!times) return small ? quick : adapter;
  const { gpu, cpu } = times;
  if (gpu < cpu) return adapter;
  return `${adapter.name} took ${gpu.toFixed(1)} ms when it was measured, the CPU ${cpu.toFixed(1)}`;
}

/** @returns {Promise<Adapter | string>} the adapter, or why there is none */
async function findAdapter() {
  const { gpu } = /** @type {{ gpu?: any }} */ (globalThis.navigator ?? {});
  if (!gpu) return 'this runtime has no WebGPU (navigator.gpu)';
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return 'WebGPU has no adapter here';
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
    const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'an unnamed adapter';
    return { name, software: Boolean(isFallbackAdapter) || SOFTWARE.test(`${name} ${architecture}`) };
  } catch (error) {
    return `WebGPU has no adapter here: ${asRefineError(error).message}`;
  }
}

/**
 * What the Rust side says of where a model runs.
 * @param {{ gpu: boolean, why: string, failures: number, times?: [number, number] | null }} standing
 * @param {Adapter} adapter
 * @returns {BackendInfo}
 */
export function onAdapter({ gpu, why, failures, times }, { name, software }) {
  return Object.freeze({
    kind: gpu ? 'webgpu' : 'cpu',
    reason: why,
    adapter: name,
    software,
    failures,
    ...(times && { milliseconds: { gpu: times[0], cpu: times[1] } }),
  });
}

/**
 * What runs a model on the CPU, and why.
 * @param {string} reason
 * @param {BackendInfo['milliseconds']} [milliseconds]
 * @returns {BackendInfo}
 */
export function onCpu(reason = ON_CPU, milliseconds) {
  return { kind: 'cpu', reason, ...(milliseconds && { milliseconds }) };
}
