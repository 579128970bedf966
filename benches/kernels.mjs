// Time of the kernels on whole models in WebAssembly; see tests/kernel_probe/main.rs.
//   cargo build -p kernel-probe --lib --profile wasm --target wasm32-unknown-unknown
//   node benches/kernels.mjs target/wasm32-unknown-unknown/wasm/kernel_probe.wasm [LLAMA.gguf]
import { readFileSync } from 'node:fs';

const [wasm, llama] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(wasm));
const probes = [0, 1].map((int8) => ({ int8, ...new WebAssembly.Instance(module).exports }));

function give({ buffer, memory }, bytes) {
  const at = buffer(bytes.length);
  new Uint8Array(memory.buffer).set(bytes, at);
}

function report(what, unit, rounds, work, figure) {
  const times = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const probe of probes) {
      // of the processor, not of the clock: other programs may be running
      const start = process.cpuUsage().user;
      work(probe);
      times[probe.int8].push((process.cpuUsage().user - start) / 1e6);
    }
  }
  const median = (list) => figure(list.sort((a, b) => a - b)[list.length >> 1]).toFixed(2).padStart(9);
  console.log(`${what.padEnd(24)} float ${median(times[0])}  int8 ${median(times[1])}  ${unit}`);
}

const root = new URL('../', import.meta.url);
const page = readFileSync(new URL('tests/data/seed_page.txt', root), 'utf8').repeat(8);
for (const probe of probes) {
  give(probe, readFileSync(new URL('models/prox-nano.gguf', root)));
  give(probe, new TextEncoder().encode(page));
  probe.load_line(probe.int8);
}
const lines = probes[0].run_line();
report(`prox-nano, ${lines} lines`, 'ms a page', 21, (p) => p.run_line(), (seconds) => seconds * 1e3);
if (llama) {
  for (const probe of probes) {
    give(probe, readFileSync(llama));
    probe.load_llama(probe.int8);
  }
  report('prefill of 128', 'tokens/s', 3, (p) => p.prefill(128), (seconds) => 128 / seconds);
  report('decode of 16', 'tokens/s', 3, (p) => p.decode(16), (seconds) => 16 / seconds);
  report('3 blocks, 64 x 15', 'ms', 5, (p) => p.states(64, 15, 3), (seconds) => seconds * 1e3);
}
