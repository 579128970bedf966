// Runs in a page or in Deno: pages on the GPU against the CPU, devices lost at random moments, models loaded and disposed of.
import { random } from './random.mjs';

/** A page takes a second or so, a new device some seconds; what takes longer on a software adapter does not come back. */
const HANG_MS = 120_000;
/** Probabilities of both backends may differ by so much: sums are made in another order. */
const APART = 1e-3;

/**
 * Watches devices, the bytes of their buffers, and WebAssembly memories. Before the package is imported.
 */
export function watch() {
  const scope = /** @type {any} */ (globalThis);
  /** @type {Map<any, number>} */
  const live = new Map();
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  const { requestDevice } = scope.GPUAdapter.prototype;
  scope.GPUAdapter.prototype.requestDevice = async function (/** @type {any[]} */ ...given) {
    const device = await requestDevice.apply(this, given);
    live.set(device, 0);
    device.lost.then(() => live.delete(device));
    return device;
  };
  const { createBuffer } = scope.GPUDevice.prototype;
  scope.GPUDevice.prototype.createBuffer = function (/** @type {{ size: number }} */ descriptor) {
    if (live.has(this)) live.set(this, live.get(this) + descriptor.size);
    return createBuffer.call(this, descriptor);
  };
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = /** @type {any} */ (
    async (/** @type {any[]} */ ...given) => {
      const made = await instantiate.apply(WebAssembly, /** @type {any} */ (given));
      memories.push(/** @type {any} */ (made).exports.memory);
      return made;
    }
  );
  return {
    devices: () => [...live.keys()],
    /** Devices and bytes on them, bytes of WebAssembly. */
    now: () => ({
      devices: live.size,
      gpu: [...live.values()].reduce((sum, bytes) => sum + bytes, 0),
      wasm: memories.map(({ buffer }) => buffer.byteLength),
    }),
  };
}

/**
 * Throws where something is not as it should be.
 * @param {typeof import('prox-wasm')} prox
 * @param {ReturnType<typeof watch>} watched
 * @param {{ texts: string[], model?: string, pages: number, losses: number, cycles: number }} what
 * @param {(line: string) => void} say
 */
export async function soak({ Refiner }, watched, { texts, model, pages, losses, cycles }, say) {
  const { below } = random(7);
  const bytes = model === undefined ? {} : { model: Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0)) };
  const load = { ...bytes, backend: /** @type {const} */ ('webgpu'), worker: false };
  const cpu = await Refiner.load({ ...load, backend: 'cpu' });
  /** @type {{ program: string, keep: number[] }[]} */
  const wanted = [];
  for (const text of texts) wanted.push(known(await cpu.refine(text)));
  cpu.dispose();
  let refiner = await Refiner.load(load);
  say(`${texts.length} texts; ${refiner.backend.reason}`);
  let longest = 0;
  let apart = 0;

  const check = async (/** @type {number} */ i) => {
    const index = i % texts.length;
    const start = performance.now();
    const result = await refiner.refine(texts[index]);
    const { program, keep } = known(result);
    const took = performance.now() - start;
    longest = Math.max(longest, took);
    if (program !== wanted[index].program) throw new Error(`text ${index}: ${program}\nnot ${wanted[index].program}`);
    for (const [at, probability] of keep.entries()) apart = Math.max(apart, Math.abs(probability - wanted[index].keep[at]));
    if (!(apart <= APART)) throw new Error(`text ${index}: probabilities are ${apart} apart`);
    if (took > HANG_MS) throw new Error(`text ${index} took ${took} ms`);
    return result.stats;
  };

  let submits = 0;
  let chunks = 0;
  let before = watched.now();
  for (let i = 0; i < pages; i++) {
    const stats = await check(i);
    submits += stats.gpu?.submits ?? 0;
    chunks += stats.chunks;
    if (i === Math.min(9, pages - 1)) before = watched.now();
  }
  if (submits !== chunks) throw new Error(`${submits} submits for ${chunks} windows`);
  if (pages > 0) {
    say(`${pages} pages, all programs those of the CPU, ${submits} submits for as many windows, probabilities at most ${apart.toExponential(1)} apart, longest ${shown(longest)}`);
    same('pages', before, watched.now(), say);
  }

  longest = 0;
  let [failures, refined, onCpu] = [0, 0, 0];
  while (failures < losses) {
    const [device] = watched.devices().slice(-1);
    const timer = setTimeout(() => device.destroy(), below(1500));
    const earlier = refiner.backend.failures ?? 0;
    await check(refined++);
    clearTimeout(timer);
    failures += (refiner.backend.failures ?? 0) - earlier;
    // the device that is made meanwhile does something before it is lost in its turn
    while (refiner.backend.reason.includes('is being made')) await new Promise((resolve) => setTimeout(resolve, 20));
    if ((refiner.backend.failures ?? 0) > earlier) await check(refined++);
    if (refiner.backend.kind === 'cpu') {
      onCpu++;
      refiner.dispose();
      refiner = await Refiner.load(load);
    }
    if (failures === Math.min(2, losses)) before = watched.now();
  }
  if (losses > 0) {
    say(`${failures} losses in ${refined} pages, all programs right, longest ${shown(longest)}, ${onCpu} times down to the CPU`);
    await settled(watched, 1);
    same('losses', before, watched.now(), say);
  }
  refiner.dispose();
  await settled(watched, 0);

  for (let i = 0; i < cycles; i++) {
    refiner = await Refiner.load(load);
    await check(0);
    refiner.dispose();
    await settled(watched, 0);
    if (i === Math.min(2, cycles - 1)) before = watched.now();
  }
  if (cycles > 0) {
    say(`${cycles} times loaded and disposed of`);
    same('cycles', before, watched.now(), say);
  }
}

/** @param {import('prox-wasm').RefineResult} result */
const known = ({ program, document, lines }) => ({ program, keep: [document.keep, ...lines.map(({ keep }) => keep)] });

/** @param {number} ms */
const shown = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * Waits until so many devices are left: a device that is destroyed says so a moment later.
 * @param {ReturnType<typeof watch>} watched
 * @param {number} devices
 */
async function settled(watched, devices) {
  for (let i = 0; watched.now().devices > devices; i++) {
    if (i > 1000) throw new Error(`${watched.now().devices} devices are alive, not ${devices}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * @param {string} what
 * @param {ReturnType<ReturnType<typeof watch>['now']>} before
 * @param {ReturnType<ReturnType<typeof watch>['now']>} after
 * @param {(line: string) => void} say
 */
function same(what, before, after, say) {
  say(`${what}, before and after: ${JSON.stringify(before)} ${JSON.stringify(after)}`);
  const grown = after.wasm.some((bytes, i) => bytes > (before.wasm[i] ?? 0) + 2 ** 21);
  if (grown || after.gpu > before.gpu || after.devices > before.devices) throw new Error(`${what}: memory grows`);
}
