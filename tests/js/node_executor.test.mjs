// The small entry: what it loads, how it starts where wasm comes as a module, and that no model code is in reach.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const PKG = new URL('../../pkg/', import.meta.url);
const WASM = fileURLToPath(new URL('wasm/prox_executor_bg.wasm', PKG));
const EDGE = JSON.stringify(new URL('executor.js', PKG));

/** @param {string} source @param {string[]} [flags] */
function run(source, flags = []) {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const done = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', source], { cwd, encoding: 'utf8' });
  assert.equal(done.stderr, '');
  return done.stdout.trim();
}

/**
 * The files that an entry's JavaScript imports, itself included.
 * @param {string} entry
 */
async function reach(entry) {
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @param {URL} url */
  async function visit(url) {
    const name = url.href.slice(PKG.href.length);
    if (files.has(name)) return;
    const source = await readFile(url, 'utf8');
    files.set(name, source);
    const imports = source.matchAll(/^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s+)?['"](\.[^'"]+)['"]/gm);
    for (const [, path] of imports) await visit(new URL(path, url));
    const code = source.replace(/\/\*[^]*?\*\//g, '');
    assert.doesNotMatch(code, /\bimport\(/, `${name} imports in a way that this test does not see`);
  }
  await visit(new URL(entry, PKG));
  return files;
}

describe('the executor entry', () => {
  for (const entry of ['executor.js', 'executor_server.js']) {
    test(`${entry} reaches no model code`, async () => {
      const files = await reach(entry);
      const shared = ['changes', 'check', 'chunk_options', 'errors', 'execute_options', 'flat_edits', 'flat_statements', 'kind'];
      const own = [...shared, 'language', 'outcome', 'trap', 'wasm', 'wire'].map((name) => `lib/${name}.js`);
      const opening = entry === 'executor.js' ? ['lib/fetch.js'] : ['lib/fetch.js', 'lib/files.js'];
      assert.deepEqual([...files.keys()].sort(), [entry, ...own, ...opening, 'wasm/prox_executor.js'].sort());
      for (const [name, source] of files) {
        assert.doesNotMatch(source, /LineModel|RefineSession|prox_wasm\b|gguf/i, name);
      }
      const glue = files.get('wasm/prox_executor.js') ?? '';
      assert.match(glue, /export function execute\(/);
    });
  }

  test('wasm and glue fit in 60 KB, and the rest of its JavaScript is small', async () => {
    const sizeOf = (/** @type {string | Uint8Array} */ file) => gzipSync(file, { level: 9 }).length;
    const files = await reach('executor.js');
    const glue = files.get('wasm/prox_executor.js') ?? '';
    const core = sizeOf(await readFile(WASM)) + sizeOf(glue);
    assert.ok(core <= 60 * 1024, `${core} bytes gzipped`);
    const rest = sizeOf([...files.values()].join('\n')) - sizeOf(glue);
    assert.ok(rest <= 12 * 1024, `${rest} bytes gzipped, comments included`);
  });

  test('an imported module is all it needs: nothing compiles, nothing is fetched', () => {
    const source = `
      import { readFileSync } from 'node:fs';
      const module = new WebAssembly.Module(readFileSync(${JSON.stringify(WASM)}));
      // Node compiles something of its own meanwhile, so it matters who calls.
      const refused = (name, original) => function (...given) {
        if (new Error().stack.includes('/pkg/')) throw new Error(name + ' was called');
        return Reflect.apply(original, this, given);
      };
      for (const name of ['compile', 'compileStreaming', 'instantiateStreaming']) {
        WebAssembly[name] = refused(name, WebAssembly[name]);
      }
      globalThis.fetch = refused('fetch', fetch);
      WebAssembly.Module = class extends WebAssembly.Module {
        constructor() { throw new Error('a module was made'); }
      };
      const instantiate = WebAssembly.instantiate;
      const compiling = refused('instantiate with bytes', instantiate);
      WebAssembly.instantiate = (given, imports) => (given === module ? instantiate : compiling)(given, imports);
      const { execute, init } = await import(${EDGE});
      try { execute('a', ''); } catch (error) { console.log(error.code); }
      await init({ wasm: module });
      await Promise.all([init(), init({ wasm: module })]);
      console.log(execute('menu\\nwords', 'remove_lines(0, 0)').text);`;
    assert.equal(run(source), 'not-ready\nwords');
  });

  test('a server entry that is given a module takes that', () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import { execute, init } from 'prox-wasm/executor';
      await init({ wasm: new WebAssembly.Module(readFileSync(${JSON.stringify(WASM)})) });
      console.log(execute('menu\\nwords', 'remove_lines(0, 0)').text);`;
    assert.equal(run(source), 'words');
  });

  test('conditions choose the file', () => {
    const where = `console.log(import.meta.resolve('prox-wasm/executor').split('/').at(-1))`;
    assert.equal(run(where), 'executor_server.js');
    for (const condition of ['browser', 'worker']) assert.equal(run(where, ['-C', condition]), 'executor.js');
    const wasm = `console.log(import.meta.resolve('prox-wasm/wasm/prox_executor_bg.wasm').split('/').at(-1))`;
    assert.equal(run(wasm), 'prox_executor_bg.wasm');
  });

  test('an import adds nothing to the global object, and both entries live side by side', () => {
    const source = `
      const before = Reflect.ownKeys(globalThis).length;
      const small = await import('prox-wasm/executor');
      const main = await import('prox-wasm');
      console.log(Reflect.ownKeys(globalThis).length === before, small.RefineError === main.RefineError);
      console.log(small.execute('a\\nb', 'remove_lines(0, 0)').text, main.execute('a\\nb', 'remove_lines(1, 1)').text);`;
    assert.equal(run(source), 'true true\nb a');
  });

  test('a trap ends this instance, not that of the other entry', () => {
    const source = `
      import { execute } from 'prox-wasm';
      const { Runtime } = await import(${JSON.stringify(new URL('lib/wasm.js', PKG))});
      const trapping = new Runtime({ initSync: () => ({ memory: new WebAssembly.Memory({ initial: 1 }) }) });
      trapping.startNow(() => ({}));
      const call = (work) => { try { trapping.run(work); } catch (error) { console.log(error.code, error.message); } };
      call(() => { throw new WebAssembly.RuntimeError('unreachable'); });
      call(() => console.log('not reached'));
      console.log(trapping.isTrapped, execute('a', '').text);`;
    const told = 'internal WebAssembly stopped with "unreachable" (65536 bytes of memory in use) and cannot go on';
    assert.equal(run(source), `${told}\n${told}\ntrue a`);
  });
});
