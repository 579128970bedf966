/** @import { BackendInfo, LineEvidence, ModelInfo, RefineResult, StepEvent } from '../index.js' */
/** @import { Stop } from './stop.js' */

/**
 * Where a loaded model runs: in this thread or in a worker.
 *
 * @typedef {object} Engine
 * @property {ModelInfo} model
 * @property {boolean} [writesPrograms] whether the model does, instead of giving verdicts
 * @property {BackendInfo} backend what runs it now, and why
 * @property {boolean} [isTrapped] whether it has stopped for good
 * @property {(text: string, options: object, stop: Stop, onStep: (event: StepEvent) => void) => Promise<RefineResult>} refine
 * @property {(line: string, stop: Stop) => Promise<string[]>} tokens
 * @property {(text: string, stop: Stop) => Promise<(LineEvidence | null)[]>} explain
 * @property {() => void} dispose
 */

export {};
