/** @import { ModelInfo, RefineResult, StepEvent } from '../index.js' */
/** @import { Stop } from './stop.js' */

/**
 * Where a loaded model runs: in this thread or in a worker.
 *
 * @typedef {object} Engine
 * @property {ModelInfo} model
 * @property {(text: string, options: object, stop: Stop, onStep: (event: StepEvent) => void) => Promise<RefineResult>} refine
 * @property {(line: string, stop: Stop) => Promise<string[]>} tokens
 * @property {() => void} dispose
 */

export {};
