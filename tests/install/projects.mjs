// What a user writes to refine a page with the package under each tool: files, tools to install, commands, what to open.

/**
 * @typedef {object} Project
 * @property {string[]} [tools] npm packages beside this one
 * @property {Record<string, string>} files
 * @property {string[][]} [build] commands
 * @property {string[]} [run] a command that prints the program
 * @property {string[][]} [lint] commands about the package itself; `TARBALL` stands for it
 * @property {string} [folder] to be served as static files, the page being index.html
 * @property {string[]} [serve] a command that serves; `PORT` stands for the port
 */

/** The page shows the program, or what went wrong. */
const BROWSER = `import { Refiner } from 'prox-wasm';

const show = (words) => (document.querySelector('pre').textContent = words);
try {
  const text = await (await fetch('/seed.txt')).text();
  const refiner = await Refiner.load();
  const { program } = await refiner.refine(text);
  show(program);
} catch (error) {
  show('failed: ' + (error.stack ?? error));
}
`;
const HTML = (/** @type {string} */ src) => `<!doctype html><html lang="en"><title>prox</title><link rel="icon" href="data:,">
<pre></pre><script type="module" src="${src}"></script></html>
`;
const SERVER = `import { readFileSync } from 'node:fs';
import { Refiner } from 'prox-wasm';

const refiner = await Refiner.load();
const { program } = await refiner.refine(readFileSync('seed.txt', 'utf8'));
console.log(program);
refiner.dispose();
`;
/** Tools that leave \`new URL(…, import.meta.url)\` as it is need the files beside the bundle, and the worker as an entry. */
const COPY = ['node', '-e', "for (const part of ['wasm', 'model']) require('fs').cpSync('node_modules/prox-wasm/' + part, 'dist/' + part, { recursive: true }); for (const file of ['index.html', 'seed.txt']) require('fs').copyFileSync(file, 'dist/' + file)"];

/** @type {Record<string, Project>} */
export const PROJECTS = {
  lint: {
    tools: ['publint@0.3', '@arethetypeswrong/cli@0.18'],
    files: {},
    lint: [
      ['node_modules/.bin/publint', 'run', 'TARBALL', '--strict'],
      // There is no CommonJS and no Node 10 to be had.
      ['node_modules/.bin/attw', 'TARBALL', '--profile', 'esm-only'],
    ],
  },

  node: { files: { 'app.mjs': SERVER }, run: ['node', 'app.mjs'] },

  deno: { tools: ['deno'], files: { 'app.mjs': SERVER }, run: ['node_modules/.bin/deno', 'run', '-A', '--node-modules-dir=manual', 'app.mjs'] },

  bun: { tools: ['bun'], files: { 'app.mjs': SERVER }, run: ['node_modules/.bin/bun', 'app.mjs'] },

  plain: {
    files: { 'index.html': HTML('app.js'), 'app.js': BROWSER.replace("'prox-wasm'", "'./node_modules/prox-wasm/index.js'") },
    folder: '.',
  },

  esbuild: {
    tools: ['esbuild@0.28'],
    files: { 'index.html': HTML('app.js'), 'app.js': BROWSER },
    build: [
      ['node_modules/.bin/esbuild', 'app.js', 'worker=node_modules/prox-wasm/worker.js', '--bundle', '--format=esm', '--target=es2022', '--outdir=dist'],
      COPY,
    ],
    folder: 'dist',
  },

  rollup: {
    tools: ['rollup@4', '@rollup/plugin-node-resolve@16'],
    files: {
      'index.html': HTML('app.js'),
      'app.js': BROWSER,
      'rollup.config.mjs': `import resolve from '@rollup/plugin-node-resolve';

export default {
  input: { app: 'app.js', worker: 'node_modules/prox-wasm/worker.js' },
  // one file each: what is shared would lie in a chunk whose import.meta.url is another
  output: { dir: 'dist', format: 'es', chunkFileNames: '[name].js' },
  plugins: [resolve({ browser: true })],
};
`,
    },
    build: [['node_modules/.bin/rollup', '-c'], COPY],
    folder: 'dist',
  },

  'vite-build': {
    tools: ['vite@8'],
    files: { 'index.html': HTML('/app.js'), 'app.js': BROWSER, 'vite.config.js': "export default { worker: { format: 'es' } };\n" },
    build: [['node_modules/.bin/vite', 'build', '--logLevel', 'error'], ['node', '-e', "require('fs').copyFileSync('seed.txt', 'dist/seed.txt')"]],
    folder: 'dist',
  },

  'vite-dev': {
    tools: ['vite@8'],
    files: {
      'index.html': HTML('/app.js'),
      'app.js': BROWSER,
      'vite.config.js': "export default { optimizeDeps: { exclude: ['prox-wasm'] } };\n",
    },
    serve: ['node_modules/.bin/vite', '--port', 'PORT', '--strictPort', '--host', '127.0.0.1'],
  },

  webpack: {
    tools: ['webpack@5', 'webpack-cli@6'],
    files: {
      'index.html': HTML('main.js'),
      'app.js': BROWSER,
      'webpack.config.mjs': `export default { mode: 'production', entry: './app.js', output: { module: true, filename: 'main.js' }, experiments: { outputModule: true } };\n`,
    },
    build: [['node_modules/.bin/webpack'], ['node', '-e', "for (const file of ['index.html', 'seed.txt']) require('fs').copyFileSync(file, 'dist/' + file)"]],
    folder: 'dist',
  },

  next: {
    tools: ['next@16', 'react@19', 'react-dom@19'],
    files: {
      'app/layout.js': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`,
      'app/page.js': `'use client';
import { Refiner } from 'prox-wasm';
import { useEffect, useState } from 'react';

export default function Page() {
  const [program, setProgram] = useState('');
  useEffect(() => {
    (async () => {
      const text = await (await fetch('/seed.txt')).text();
      const refiner = await Refiner.load();
      setProgram((await refiner.refine(text)).program);
    })().catch((error) => setProgram('failed: ' + (error.stack ?? error)));
  }, []);
  return <pre>{program}</pre>;
}
`,
    },
    build: [
      ['node', '-e', "require('fs').mkdirSync('public'); require('fs').copyFileSync('seed.txt', 'public/seed.txt')"],
      ['node_modules/.bin/next', 'build'],
    ],
    serve: ['node_modules/.bin/next', 'start', '-p', 'PORT', '-H', '127.0.0.1'],
  },
};

/** Those that take seconds, which scripts/test.sh runs. */
export const QUICK = ['node', 'plain', 'esbuild', 'vite-build'];
