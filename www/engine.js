import { Refiner } from '../pkg/index.js';
import { element } from './dom.js';
import { hideProgress, showProgress, tell, tellError } from './status.js';
import { sized, whole } from './words.js';

const LOADING = 'Loading the model…';

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

/** @param {Refiner} refiner */
function ready({ model, backend }) {
  hideProgress();
  // what was said since then matters more
  if (element('status').textContent === LOADING) tell(`The model is ready: ${model.name}, ${whole(model.bytes)} bytes.`);
  const kind = backend.kind === 'webgpu' ? 'WebGPU' : 'CPU';
  element('engine').textContent = `${model.name} · ${sized(model.bytes)} · ${kind}`;
  element('backend-reason').textContent = `Model ${model.name}, ${whole(model.bytes)} bytes. Backend: ${backend.kind} (${backend.reason}).`;
}
