import assert from 'node:assert/strict';

/**
 * Whether `seen` of gpu_programs.js is what the native side makes of the page.
 * @param {any} seen
 * @param {any} expected
 */
export function checkPrograms(seen, expected) {
  const { both, official, statements } = expected.float;
  /** @param {any} result @param {any} wanted */
  const same = (result, wanted) => {
    assert.deepEqual([result.program, result.text, result.kept], [wanted.program, wanted.text, wanted.kept]);
    const keep = [result.document, ...result.lines].map((line) => line.keep);
    for (const [i, probability] of [wanted.document, ...wanted.lines].entries()) {
      assert.ok(Math.abs(keep[i] - probability) <= 1e-4, `${keep[i]} is not ${probability}`);
    }
  };
  assert.deepEqual([seen.fresh.kind, seen.fresh.failures, seen.fresh.software], ['webgpu', 0, true]);
  const steps = ['upload', 'compile', 'warmup'];
  assert.deepEqual(seen.phases, ['verify', ...steps, ...steps, 'verify']);
  assert.ok(seen.rising, 'progress never goes back within a phase');
  same(seen.both, both);
  same(seen.official, official);
  // line numbers and strings, many choices one after the other
  assert.match(statements.program, /^remove_lines(.|\n)*\nremove_lines(.|\n)*\nnormalize\(source_str="/);
  same(seen.statements, statements);
  assert.ok(seen.statements.stats.gpu.readbacks > 20, JSON.stringify(seen.statements.stats));
  const { adapter, submits, readbacks, dispatches } = seen.both.stats.gpu;
  assert.equal(adapter, seen.fresh.adapter);
  assert.ok(submits > readbacks && readbacks > seen.both.stats.chunks && dispatches > 8 * submits, JSON.stringify(seen.both.stats));
  same(seen.hurt, both);
  assert.equal(seen.replaced.kind, 'webgpu');
  assert.ok(seen.replaced.failures >= 1 && seen.made > 2, JSON.stringify(seen.replaced));
  assert.match(seen.replaced.reason, /a new device after: the GPU device was lost/);
  // The CPU rounds activations to 8 bits: the same program as where no GPU was.
  assert.equal(seen.onCpu.program, expected.both.program);
  assert.equal(seen.last.kind, 'cpu');
  assert.match(seen.last.reason, /lost.*; then .*gives no device/);
}
