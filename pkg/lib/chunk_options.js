import { badArgument, checkArray, checkObject, checkWhole } from './check.js';
import { RefineError } from './errors.js';

/** The official budget of a chunk. */
const MAX_TOKENS = 1500;
/** Counts go to the Rust side in 32 bits; a line that has more is over any limit below that. */
const COUNT_LIMIT = 2 ** 32 - 1;

/**
 * The options of `packChunks` as the Rust side takes them.
 * @param {string} text
 * @param {unknown} options
 * @returns {{ lineTokens: readonly number[], tokens: Uint32Array, maxTokens: number, digits: number }}
 */
export function chunkArguments(text, options) {
  const { maxTokens = MAX_TOKENS, digits = 3, lineTokens, countTokens } = checkObject('options', options);
  checkWhole('maxTokens', maxTokens, COUNT_LIMIT - 1, 1);
  checkWhole('digits', digits, 255);
  if ((lineTokens === undefined) === (countTokens === undefined)) {
    throw new RefineError('invalid-argument', 'give one of lineTokens and countTokens');
  }
  const counts = lineTokens === undefined ? counted(text, countTokens, digits) : given(text, lineTokens);
  return { lineTokens: counts, tokens: Uint32Array.from(counts, (count) => Math.min(count, COUNT_LIMIT)), maxTokens, digits };
}

/**
 * @param {string} text
 * @param {unknown} countTokens
 * @param {number} digits
 * @returns {number[]}
 */
function counted(text, countTokens, digits) {
  if (typeof countTokens !== 'function') throw badArgument('countTokens', 'a function', countTokens);
  return text.split('\n').map((line, index) => {
    const count = countTokens(`[${String(index).padStart(digits, '0')}]${line}`);
    return checkWhole(`what countTokens gives for line ${index}`, count);
  });
}

/**
 * @param {string} text
 * @param {unknown} lineTokens
 * @returns {number[]}
 */
function given(text, lineTokens) {
  const counts = ArrayBuffer.isView(lineTokens) && !(lineTokens instanceof DataView) ? Array.from(/** @type {any} */ (lineTokens)) : lineTokens;
  checkArray('lineTokens', counts);
  const lines = text.split('\n').length;
  if (counts.length !== lines) {
    const message = `lineTokens must have an entry a line, but has ${counts.length} for ${lines} lines`;
    throw new RefineError('invalid-argument', message);
  }
  // Not `map`, which skips what a sparse array leaves out.
  return Array.from(counts, (count, index) => checkWhole(`lineTokens[${index}]`, count));
}
