// Our side of `wasm.mjs`, in browsers and in Node: a language model in the kernel probe, and what the engine can do at best.

/** The probe with a model in it. `instance`: of `kernel_probe.wasm`; `file`: the GGUF's bytes. */
export function load(instance, file) {
  const probe = instance.exports;
  const at = probe.buffer(file.length);
  new Uint8Array(probe.memory.buffer).set(file, at);
  probe.load_llama(1);
  return probe;
}

/** Rates a second: tokens read and written, and of the ceilings operations and bytes. */
export function measure(probe, { read, written }) {
  // What the machine can do goes up and down within seconds: it is asked before and after, each time for about as long as what
  // it is a measure of.
  const [prefill, gemm] = between(
    () => probe.prompt(read, written) && read,
    () => mean(200, () => probe.ceiling_gemm(100)),
  );
  const [decode, gemv] = between(
    () => probe.write(written) && written,
    () => mean(30, () => probe.ceiling_gemv()),
  );
  return { prefill, gemm, decode, gemv };
}

function between(work, ceiling) {
  const before = ceiling();
  const found = mean(1, work);
  return [found, (before + ceiling()) / 2];
}

/** What was done in a second, over so many calls. */
function mean(times, work) {
  let [done, time] = [0, 0];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    done += work();
    time += performance.now() - start;
  }
  return (1e3 * done) / time;
}
