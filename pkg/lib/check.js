import { RefineError } from './errors.js';

/**
 * @param {string} name
 * @param {string} wanted
 * @param {unknown} found
 * @returns {RefineError}
 */
export function badArgument(name, wanted, found) {
  return new RefineError('invalid-argument', `${name} must be ${wanted}, but is ${shown(found)}`);
}

/** @param {unknown} value */
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  try {
    return String(value).slice(0, 80);
  } catch {
    // An object without a way to become a string.
    return typeof value;
  }
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

/**
 * @param {string} name
 * @param {unknown} value
 */
export function checkBoolean(name, value) {
  if (typeof value !== 'boolean') throw badArgument(name, 'true or false', value);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} [most]
 * @param {number} [least]
 * @returns {number} `value`
 */
export function checkWhole(name, value, most = Number.MAX_SAFE_INTEGER, least = 0) {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  if (!fits) throw badArgument(name, `a whole number from ${least} to ${most}`, value);
  return value;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {asserts value is readonly unknown[]}
 */
export function checkArray(name, value) {
  if (!Array.isArray(value)) throw badArgument(name, 'an array', value);
}

/**
 * A pair of whole numbers, the second not below the first.
 * @param {string} name
 * @param {unknown} value
 * @param {number} [most]
 * @returns {[number, number]} `value`
 */
export function checkRange(name, value, most) {
  if (!Array.isArray(value) || value.length !== 2) throw badArgument(name, 'a pair [first, last]', value);
  const [first, last] = value;
  checkWhole(`${name}[0]`, first, most);
  checkWhole(`${name}[1]`, last, most);
  if (first > last) throw badArgument(name, 'a pair whose first is not above its last', value);
  return [first, last];
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {any} `value`
 */
export function checkObject(name, value) {
  if (typeof value !== 'object' || value === null) throw badArgument(name, 'an object', value);
  return value;
}
