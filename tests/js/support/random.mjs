/**
 * A generator of numbers that gives the same ones each time.
 * @param {number} seed
 */
export function random(seed) {
  let state = seed >>> 0;
  /** From 0, below 1. */
  const next = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number from 0, below `end`. @param {number} end */
  const below = (end) => Math.floor(next() * end);
  /** @template T @param {ArrayLike<T>} items */
  const pick = (items) => items[below(items.length)];
  /** @template T @param {number} length @param {() => T} make */
  const list = (length, make) => Array.from({ length }, make);
  return { next, below, pick, list };
}
