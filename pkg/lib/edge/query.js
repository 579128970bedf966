import { badArgument } from '../check.js';
import { RefineError } from '../errors.js';

/** @typedef {(name: string, value: string) => unknown} Reader */

/** @type {Reader} */
const word = (_, value) => value;

/** @type {Reader} */
const number = (name, value) => {
  const read = value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(read)) throw badArgument(name, 'a number', value);
  return read;
};

/** @type {Reader} */
const flag = (name, value) => {
  if (value !== 'true' && value !== 'false') throw badArgument(name, 'true or false', value);
  return value === 'true';
};

/** Options of `/refine`. */
export const REFINE_QUERY = {
  level: word,
  mode: word,
  threshold: number,
  docThreshold: number,
  normalize: flag,
  normalizeThreshold: number,
};

/** Options of `/execute`. */
export const EXECUTE_QUERY = {
  level: word,
  mode: word,
  threshold1: number,
  threshold2: number,
  errorOp: number,
  dropShort: flag,
  changes: flag,
};

/**
 * The options in a query string, and the members of the answer that are asked for, null for all.
 * @param {URL} url
 * @param {Record<string, Reader>} known
 * @returns {{ options: Record<string, unknown>, fields: Set<string> | null }}
 */
export function readQuery(url, known) {
  /** @type {Record<string, unknown>} */
  const options = {};
  /** @type {Set<string> | null} */
  let fields = null;
  for (const [name, value] of url.searchParams) {
    if (name === 'fields') {
      fields = new Set(value.split(','));
    } else if (Object.hasOwn(known, name)) {
      options[name] = known[name](name, value);
    } else {
      const names = [...Object.keys(known), 'fields'].join(', ');
      throw new RefineError(
        'invalid-argument',
        `there is no option ${JSON.stringify(name.slice(0, 80))}, only ${names}`,
      );
    }
  }
  return { options, fields };
}

/**
 * The members that are asked for, and `id` with them.
 * @param {Record<string, any>} answer
 * @param {Set<string> | null} fields
 * @returns {object}
 */
export function chosen(answer, fields) {
  if (!fields) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name === 'id' || fields.has(name)));
}
