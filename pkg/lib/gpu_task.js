/** @import { Runtime } from './wasm.js' */
/** @import { Stop } from './stop.js' */
import { release } from './steps.js';

/**
 * Drives a task of the Rust side to its end; what it gives.
 * @param {Runtime<any>} runtime
 * @param {any} task the Rust side's `Task`, which is freed
 * @param {Stop} [stop] gives the task up
 * @returns {Promise<any>}
 */
export async function finished(runtime, task, stop) {
  try {
    for (;;) {
      let wake = () => {};
      const woken = new Promise((resolve) => {
        wake = () => resolve(undefined);
      });
      const done = inScope(() => runtime.run(() => task.poll(wake)));
      if (done) return done[0];
      await (stop ? stop.guard(woken) : woken);
    }
  } finally {
    release(runtime, task);
  }
}

/**
 * Takes a session's steps to their end: left in the middle of one, the device would still be writing to the buffers of the next.
 * @param {Runtime<any>} runtime
 * @returns {(session: any) => Promise<any>}
 */
export function wholeSteps(runtime) {
  return (session) =>
    finished(
      runtime,
      runtime.run(() => session.step()),
    );
}

/**
 * wgpu looks for `navigator.gpu` in windows and workers only, and takes a runtime without their global classes for neither.
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
function inScope(call) {
  const scope = /** @type {any} */ (globalThis);
  if ('Window' in scope || 'WorkerGlobalScope' in scope) return call();
  scope.WorkerGlobalScope = Object;
  try {
    return call();
  } finally {
    delete scope.WorkerGlobalScope;
  }
}
