/** @type {(() => Promise<void>) | undefined} */
let wait;

/**
 * Lets messages and timers through, which a resolved promise would not, without the 4 ms that nested timers cost.
 * @returns {Promise<void>}
 */
export function pause() {
  wait ??= typeof setImmediate === 'function' ? () => new Promise((resolve) => setImmediate(resolve)) : channelWait();
  return wait();
}

function channelWait() {
  const { port1, port2 } = new MessageChannel();
  /** @type {(() => void)[]} */
  const waiting = [];
  port1.onmessage = () => waiting.shift()?.();
  return /** @returns {Promise<void>} */ () =>
    new Promise((resolve) => {
      waiting.push(() => resolve());
      port2.postMessage(null);
    });
}
