import { RefineError } from './errors.js';

const LEVELS = ['both', 'doc', 'chunk'];

/**
 * @param {string} name
 * @param {string} wanted
 * @param {unknown} found
 * @returns {RefineError}
 */
export function badArgument(name, wanted, found) {
  const shown = typeof found === 'string' ? JSON.stringify(found.slice(0, 80)) : String(found);
  return new RefineError('invalid-argument', `${name} must be ${wanted}, but is ${shown}`);
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function checkString(name, value) {
  if (typeof value !== 'string') throw badArgument(name, 'a string', value);
}

/**
 * @param {unknown} options
 * @returns {any} `options`, or an empty object
 */
export function checkOptions(options) {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object') throw badArgument('options', 'an object', options);
  return options;
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function checkFunction(name, value) {
  if (value !== undefined && typeof value !== 'function') throw badArgument(name, 'a function', value);
}

/** @param {unknown} signal */
export function checkSignal(signal) {
  const { aborted, addEventListener } = Object(signal);
  const isSignal = typeof aborted === 'boolean' && typeof addEventListener === 'function';
  if (signal !== undefined && !isSignal) throw badArgument('signal', 'an AbortSignal', signal);
}

/** @param {unknown} budget */
export function checkBudget(budget) {
  const fits = budget === undefined || (typeof budget === 'number' && budget > 0);
  if (!fits) throw badArgument('memoryBudget', 'a positive number of bytes', budget);
}

/**
 * The options of `refine`, checked, and only those the model wants to see.
 * @param {any} options
 * @returns {{ level: string, threshold: number, docThreshold: number }}
 */
export function refineOptions({ level = 'both', mode = 'strict', threshold = 0.5, docThreshold = 0.5 }) {
  if (!LEVELS.includes(level)) throw badArgument('level', "'both', 'doc' or 'chunk'", level);
  if (mode !== 'strict') {
    if (mode !== 'official') throw badArgument('mode', "'strict'", mode);
    throw new RefineError('unsupported', "mode 'official' is for execute(); this model's verdicts run in mode 'strict'");
  }
  for (const [name, value] of Object.entries({ threshold, docThreshold })) {
    const isProbability = typeof value === 'number' && value >= 0 && value <= 1;
    if (!isProbability) throw badArgument(name, 'a number from 0 to 1', value);
  }
  return { level, threshold, docThreshold };
}
