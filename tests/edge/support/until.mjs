/** Long enough for a busy machine; whoever waits so long waits for ever. */
const PATIENCE_MS = 60_000;

/**
 * Waits for something to become true.
 * @param {() => Promise<boolean>} isTrue
 * @param {number} [patience]
 */
export async function until(isTrue, patience = PATIENCE_MS) {
  const start = Date.now();
  while (!(await isTrue())) {
    const waited = Date.now() - start;
    if (waited > patience) throw new Error(`it did not come true within ${patience} ms: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, 20 + waited / 10)));
  }
}
