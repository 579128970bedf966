/** Made once: `toLocaleString` makes one at each call. */
const NUMBERS = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @param {number} value */
export function whole(value) {
  return NUMBERS.format(value);
}

/** @param {number} share from 0 to 1 */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} bytes */
export function sized(bytes) {
  if (bytes < 1000) return counted(bytes, 'byte');
  const [unit, by] = bytes < 1e6 ? ['KB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / by).toFixed(bytes / by < 10 ? 1 : 0)} ${unit}`;
}

/** @param {number} ms */
export function lasting(ms) {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Lines of a text from 0, as programs count them. @param {readonly [number, number]} lines */
export function lineRange([first, last]) {
  return first === last ? `line ${first}` : `lines ${first} to ${last}`;
}
