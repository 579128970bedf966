/** @import { RefineResult, StepEvent } from '../index.js' */
/** @import { Stop } from './stop.js' */
/** @import { Runtime } from './wasm.js' */
import { pause } from './pause.js';

/**
 * Refines one text step by step, letting others have the thread before each step.
 * @param {Runtime<any>} runtime of the model
 * @param {any} model the Rust side's `LineModel` or `TextModel`
 * @param {string} text
 * @param {object} options as the Rust side takes them
 * @param {Stop} stop
 * @param {(event: StepEvent) => void} onStep
 * @param {(session: any) => any} [step] takes a step of a session, or promises it; it is never left in the middle
 * @returns {Promise<RefineResult>}
 */
export async function runSteps(
  runtime,
  model,
  text,
  options,
  stop,
  onStep,
  step = (session) => runtime.run(() => session.step()),
) {
  await pause();
  stop.throwIfStopped();
  const session = runtime.run(() => startSession(model, text, options));
  let finished = false;
  try {
    for (;;) {
      await pause();
      stop.throwIfStopped();
      const event = await step(session);
      if (event === undefined) break;
      onStep(event);
    }
    stop.throwIfStopped();
    finished = true;
    return runtime.run(() => session.finish());
  } finally {
    if (!finished) release(runtime, session);
  }
}

/**
 * A session of the Rust side.
 * @param {any} model
 * @param {string} text
 * @param {object & { judged?: import('./judgement.js').Judgement }} options
 */
function startSession(model, text, { judged, ...options }) {
  return judged ? model.startJudged(text, judged.document, judged.lines, options) : model.start(text, options);
}

/**
 * Frees an object of the Rust side, which is no use where its memory trapped.
 * @param {Runtime<any>} runtime
 * @param {{ free(): void }} object
 */
export function release(runtime, object) {
  try {
    runtime.run(() => object.free());
  } catch {
    // The instance is gone, and the object with it.
  }
}
