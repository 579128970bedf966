// The kernels give the same bits in WebAssembly as natively, where tests/llama.rs checks the same numbers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const target = process.env.CARGO_TARGET_DIR ? new URL(`file://${process.env.CARGO_TARGET_DIR}/`) : new URL('target/', root);
const probe = new URL('wasm32-unknown-unknown/debug/kernel_probe.wasm', target);

test('llama models have the same bits in wasm', () => {
  const wanted = JSON.parse(readFileSync(new URL('tests/data/llama_bits.json', root), 'utf8'));
  const { fingerprint } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(probe))).exports;
  const hex = (bits) => BigInt.asUintN(64, bits).toString(16).padStart(16, '0');
  assert.deepEqual({ float: hex(fingerprint(0)), int8: hex(fingerprint(1)) }, wanted);
});
