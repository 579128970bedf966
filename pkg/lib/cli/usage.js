/** The command line makes no sense. */
export class UsageError extends Error {}

/**
 * A whole number from the command line.
 * @param {string} name
 * @param {string | undefined} value
 * @param {number} fallback
 * @param {number} [least]
 */
export function wholeOption(name, value, fallback, least = 1) {
  if (value === undefined) return fallback;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
  if (!(number >= least))
    throw new UsageError(`--${name} must be a whole number from ${least}, but is ${JSON.stringify(value)}`);
  return number;
}

/**
 * @param {string} name
 * @param {string | undefined} value
 */
export function numberOption(name, value) {
  if (value === undefined) return undefined;
  const number = value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(number)) throw new UsageError(`--${name} must be a number, but is ${JSON.stringify(value)}`);
  return number;
}
