// Runs in a page or in Deno: what a language model writes freely on the GPU, token by token the likeliest of all.

/**
 * Gives how many tokens were written, and the numbers of the texts for which they were others than wanted.
 * @param {typeof import('prox-wasm')} prox
 * @param {{ model: any, texts: string[], wanted: string[], sizes: object }} what
 * @param {(line: string) => void} say
 */
export async function writeFreely({ Refiner }, { model, texts, wanted, sizes }, say) {
  const refiner = await Refiner.load({ model: { chunk: model }, backend: 'webgpu', worker: false });
  say(`${refiner.backend.reason}`);
  let tokens = 0;
  /** @type {number[]} */
  const others = [];
  const start = performance.now();
  for (const [i, text] of texts.entries()) {
    let written = 0;
    const onEvent = (/** @type {any} */ event) => {
      if (event.type === 'written') written = event.tokens;
    };
    const { program, stats } = await refiner.refine(text, { ...sizes, mode: 'official', level: 'chunk', onEvent });
    tokens += written;
    if (program !== wanted[i]) others.push(i);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const gpu = /** @type {any} */ (stats).gpu;
    say(`${i + 1} of ${texts.length} texts, ${tokens} tokens, ${others.length} other texts, ${seconds} s; ${gpu.submits} submits, ${gpu.readbacks} readbacks`);
  }
  const { kind, failures } = refiner.backend;
  refiner.dispose();
  return { tokens, others, kind, failures };
}
