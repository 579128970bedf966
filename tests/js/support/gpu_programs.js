// Runs in a page or in Deno: a language model on the GPU, its device lost in the middle, and then no other device.

/**
 * @param {typeof import('prox-wasm')} prox
 * @param {any[]} devices that were made so far
 * @param {{ model: any, writing: any, text: string, sizes: object, longer: object }} what
 */
export async function programsOnGpu({ Refiner }, devices, { model, writing, text, sizes, longer }) {
  /** @type {string[]} */
  const phases = [];
  let rising = true;
  /** @type {Record<string, number>} */
  const last = {};
  const load = { model: { document: model(), chunk: model() }, backend: /** @type {const} */ ('webgpu'), worker: false };
  const refiner = await Refiner.load({
    ...load,
    onProgress({ phase, loaded }) {
      if (phases.at(-1) !== phase) phases.push(phase);
      rising &&= loaded >= (last[phase] ?? 0);
      last[phase] = loaded;
    },
  });
  const fresh = refiner.backend;
  const both = await refiner.refine(text, sizes);
  const official = await refiner.refine(text, { ...sizes, mode: 'official' });
  const writer = await Refiner.load({ ...load, model: { chunk: writing() } });
  const statements = await writer.refine(text, longer);
  writer.dispose();
  // in the middle of a program, on the device of the chunk stage
  let written = 0;
  const onEvent = ({ type = '' }) => type === 'written' && ++written === 8 && devices.forEach((device) => device.destroy());
  const hurt = await refiner.refine(text, { ...sizes, onEvent });
  const replaced = refiner.backend;
  const { prototype } = /** @type {any} */ (globalThis).GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = () => Promise.reject(new Error('none left'));
  devices.forEach((device) => device.destroy());
  const onCpu = await refiner.refine(text, sizes);
  const last_ = refiner.backend;
  prototype.requestDevice = requestDevice;
  refiner.dispose();
  return { phases, rising, fresh, both, official, statements, hurt, replaced, onCpu, last: last_, made: devices.length };
}
