/** Long enough for a busy machine; whoever waits so long waits for ever. */
const PATIENCE_MS = 60_000;

/**
 * Waits for something to become true.
 * @param {() => Promise<boolean>} isTrue
 */
export async function until(isTrue) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`it did not come true within ${PATIENCE_MS} ms: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
