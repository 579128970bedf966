import { badArgument, checkWhole } from './check.js';
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

/** The official sizes, in tokens of the model. */
const CHUNK_TOKENS = 1500;
const PROGRAM_TOKENS = 256;
/** No model reads more. */
const MOST_TOKENS = 1 << 20;

/**
 * The options of `refine`, checked, and only those the model wants to see.
 * @param {any} options
 * @param {boolean} [writesPrograms] whether it is a language model
 * @returns {object}
 */
export function refineOptions(options, writesPrograms = false) {
  return writesPrograms ? programOptions(options) : verdictOptions(options);
}

/** @param {any} options */
function programOptions({
  level = 'both',
  mode = 'strict',
  docThreshold = 0.5,
  chunkTokens = CHUNK_TOKENS,
  programTokens = PROGRAM_TOKENS,
}) {
  if (!LEVELS.includes(level)) throw badArgument('level', "'both', 'doc' or 'chunk'", level);
  if (mode !== 'strict' && mode !== 'official') throw badArgument('mode', "'strict' or 'official'", mode);
  checkProbabilities({ docThreshold });
  checkWhole('chunkTokens', chunkTokens, MOST_TOKENS, 1);
  checkWhole('programTokens', programTokens, MOST_TOKENS, 1);
  return { level, mode, docThreshold, chunkTokens, programTokens };
}

/** @param {any} options */
function verdictOptions({
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
    throw new RefineError('unsupported', "mode 'official' is for execute() and for models that write programs; this model's verdicts run in mode 'strict'");
  }
  if (typeof normalize !== 'boolean') throw badArgument('normalize', 'true or false', normalize);
  checkProbabilities({ threshold, docThreshold, normalizeThreshold });
  return { level, threshold, docThreshold, normalize, normalizeThreshold };
}

/** @param {Record<string, unknown>} options by name */
function checkProbabilities(options) {
  for (const [name, value] of Object.entries(options)) {
    const isProbability = typeof value === 'number' && value >= 0 && value <= 1;
    if (!isProbability) throw badArgument(name, 'a number from 0 to 1', value);
  }
}
