/** @import { RefineResult } from '../index.js' */
import { badArgument, checkArray, checkObject } from './check.js';

/**
 * What a model thought of a text, as another thread or the Rust side takes it.
 * @typedef {{ document: number, lines: Float32Array }} Judgement
 */

/**
 * The verdicts within the result of a refining.
 * @param {unknown} result
 * @returns {Judgement}
 */
export function judgementOf(result) {
  const { document, lines } = /** @type {RefineResult} */ (checkObject('result', result));
  checkArray('result.lines', lines);
  const keeps = Float32Array.from(lines, (line, index) => probability(`result.lines[${index}]`, line));
  return { document: probability('result.document', document), lines: keeps };
}

/**
 * @param {string} name
 * @param {unknown} verdict
 * @returns {number}
 */
function probability(name, verdict) {
  const { keep } = checkObject(name, verdict);
  if (!(typeof keep === 'number' && keep >= 0 && keep <= 1)) throw badArgument(`${name}.keep`, 'a number from 0 to 1', keep);
  return keep;
}
