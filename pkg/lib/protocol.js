/**
 * What the two sides of the worker say to each other. Requests have an `id`; everything said about one has the same.
 *
 * @typedef {{ id: number, type: 'load', module: WebAssembly.Module, models: import('./model_bytes.js').ModelBytes[],
 *     plan: import('./gpu.js').Plan }
 *   | { id: number, type: 'refine', text: string, options: object }
 *   | { id: number, type: 'tokens', line: string }
 *   | { id: number, type: 'explain', text: string }
 *   | { id: number, type: 'stop' }} Request
 *
 * @typedef {{ code: import('../index.js').RefineErrorCode, message: string }} PlainError
 *
 * @typedef {{ id: number, type: 'event', event: import('../index.js').StepEvent | Parameters<import('./engines.js').Report> }
 *   | { id: number, type: 'done', value: any, backend?: import('../index.js').BackendInfo }
 *   | { id: number, type: 'error', error: PlainError, fatal: boolean }} Reply
 */

export {};
