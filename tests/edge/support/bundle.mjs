import { basename } from 'node:path';

import { build } from 'esbuild';

import { HERE, WORK } from './files.mjs';

/** Leaves wasm files beside the bundle, as bundlers for edge runtimes do. @type {import('esbuild').Plugin} */
const wasmBeside = {
  name: 'wasm-beside',
  setup({ onLoad, onResolve, resolve }) {
    // Vercel's way of importing a module, whose files edge-runtime is given as a global.
    onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path: basename(path, '?module'), namespace: 'module' }));
    onLoad({ filter: /./, namespace: 'module' }, ({ path }) => ({
      contents: `export default globalThis.__wasm_modules[${JSON.stringify(path)}];`,
    }));
    onResolve({ filter: /\.wasm$/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === wasmBeside) return null;
      const found = await resolve(path, { kind: rest.kind, resolveDir: rest.resolveDir, pluginData: wasmBeside });
      modules.set(basename(found.path), found.path);
      return { path: `./${basename(found.path)}`, external: true };
    });
  },
};

/** Wasm files met so far by their names in bundles. @type {Map<string, string>} */
const modules = new Map();

/**
 * Bundles for edge runtimes.
 * @param {string} entry relative to this folder, or absolute
 * @param {Pick<import('esbuild').BuildOptions, 'format' | 'minify'>} [options]
 * @returns {Promise<{ code: string, wasm: Map<string, string> }>}
 */
export async function bundle(entry, options) {
  const { outputFiles } = await build({
    absWorkingDir: HERE,
    entryPoints: [entry],
    outdir: WORK,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // Examples have no packages of their own here.
    nodePaths: [`${HERE}node_modules`],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    plugins: [wasmBeside],
    ...options,
  });
  return { code: outputFiles[0].text, wasm: new Map(modules) };
}
