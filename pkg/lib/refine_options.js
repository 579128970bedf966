import { badArgument } from './check.js';
import { RefineError } from './errors.js';

const LEVELS = ['both', 'doc', 'chunk'];

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
 * @returns {{ level: string, threshold: number, docThreshold: number, normalize: boolean, normalizeThreshold: number }}
 */
export function refineOptions({
  level = 'both',
  mode = 'strict',
  threshold = 0.5,
  docThreshold = 0.5,
  normalize = true,
  normalizeThreshold = 0.5,
}) {
  if (!LEVELS.includes(level)) throw badArgument('level', "'both', 'doc' or 'chunk'", level);
  if (mode !== 'strict') {
    if (mode !== 'official') throw badArgument('mode', "'strict'", mode);
    throw new RefineError('unsupported', "mode 'official' is for execute(); this model's verdicts run in mode 'strict'");
  }
  if (typeof normalize !== 'boolean') throw badArgument('normalize', 'true or false', normalize);
  for (const [name, value] of Object.entries({ threshold, docThreshold, normalizeThreshold })) {
    const isProbability = typeof value === 'number' && value >= 0 && value <= 1;
    if (!isProbability) throw badArgument(name, 'a number from 0 to 1', value);
  }
  return { level, threshold, docThreshold, normalize, normalizeThreshold };
}
