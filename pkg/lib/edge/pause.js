/**
 * Lets others have the thread. Nothing is kept between calls: what belongs to one request is no use to the next.
 * @returns {Promise<void>}
 */
export function pause() {
  return typeof setImmediate === 'function' ? new Promise((resolve) => setImmediate(resolve)) : sleep(0);
}

/**
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
