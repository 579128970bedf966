import { Refiner } from '../pkg/index.js';
import { element } from './dom.js';
import { hideProgress, showProgress, tell, tellError } from './status.js';
import { sized, whole } from './words.js';

const LOADING = 'Loading the model…';

/** @typedef {'auto' | 'cpu' | 'webgpu'} Backend */

/** @type {Promise<Refiner>} */
let loading;

/** The model, as soon as it is there. @returns {Promise<Refiner>} */
export function engine() {
  return loading;
}

/** Loads the model, or loads it again after it failed. */
export function loadEngine() {
  element('retry').hidden = true;
  tell(LOADING);
  loading = Refiner.load({
    onProgress({ phase, loaded, total }) {
      const bytes = total === null ? `${whole(loaded)} bytes` : `${whole(loaded)} of ${whole(total)} bytes`;
      showProgress(loaded, total, `${phase}: ${bytes}`);
    },
  });
  loading.then(ready, (error) => {
    hideProgress();
    element('retry').hidden = false;
    element('engine').textContent = 'The model is not loaded';
    tellError(error);
  });
  return loading;
}

/**
 * Has another backend run the model from now on. Where it is not to be had, the one there was goes on, and the error is thrown.
 * @param {Backend} backend
 */
export async function switchBackend(backend) {
  const before = loading;
  const refiner = await Refiner.load({ backend });
  loading = Promise.resolve(refiner);
  describe(refiner);
  before.then(
    (old) => old.dispose(),
    () => {},
  );
  return refiner;
}

/** @param {Refiner} refiner */
function ready(refiner) {
  const { model } = refiner;
  hideProgress();
  // what was said since then matters more
  if (element('status').textContent === LOADING) tell(`The model is ready: ${model.name}, ${whole(model.bytes)} bytes.`);
  describe(refiner);
}

/** @param {Refiner} refiner */
function describe({ model, backend }) {
  const kind = backend.kind === 'webgpu' ? 'WebGPU' : 'CPU';
  element('engine').textContent = `${model.name} · ${sized(model.bytes)} · ${kind}`;
  element('backend-reason').textContent = `Model ${model.name}, ${whole(model.bytes)} bytes. Backend: ${backend.kind} (${backend.reason}).`;
}
