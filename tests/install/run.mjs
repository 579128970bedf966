// The package as its users install it: `npm pack`, a fresh project for each tool, the seed page refined, the golden program
// expected.
//
//   node tests/install/run.mjs --quick        those that take seconds
//   node tests/install/run.mjs                all of them, some minutes
//   node tests/install/run.mjs webpack next   some
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { createServer as createHttpServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { launch } from '../js/support/chromium.mjs';
import { seed } from '../js/support/seed.mjs';
import { PROJECTS, QUICK } from './projects.mjs';

/** @typedef {import('./projects.mjs').Project} Project */

const PKG = fileURLToPath(new URL('../../pkg/', import.meta.url));
const SEED = fileURLToPath(new URL('../data/seed_page.txt', import.meta.url));
const LIMIT_MS = 240_000;
const NPM_FLAGS = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.txt': 'text/plain' };

/** @param {string} cwd @param {string[]} command */
async function command(cwd, [name, ...args]) {
  const options = { cwd, timeout: LIMIT_MS, maxBuffer: 64e6, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' } };
  try {
    return (await promisify(execFile)(name, args, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = /** @type {any} */ (error);
    throw new Error(`${name} ${args.slice(0, 3).join(' ')}: ${message.split('\n')[0]}\n${(stdout + stderr).slice(-1500)}`);
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** Serves a folder as any static host does. @param {string} folder */
async function serveFolder(folder) {
  const server = createHttpServer(async (request, response) => {
    const path = decodeURIComponent(String(request.url).split('?')[0]);
    try {
      const body = await readFile(join(folder, path.endsWith('/') ? `${path}index.html` : path));
      const type = /** @type {any} */ (TYPES)[extname(path) || '.html'] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Runs a server until it answers. @param {string} cwd @param {string[]} command */
async function startServer(cwd, [name, ...args]) {
  const port = await freePort();
  const child = spawn(name, args.map((arg) => (arg === 'PORT' ? String(port) : arg)), { cwd, stdio: 'ignore', detached: true });
  const url = `http://127.0.0.1:${port}/`;
  const close = () => process.kill(-Number(child.pid));
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await fetch(url).then(({ ok }) => ok, () => false)) return { url, close };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  close();
  throw new Error(`${name} does not answer at ${url}`);
}

/** The program that a page shows. @param {import('playwright-core').Browser} browser @param {string} url */
async function shown(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.querySelector('pre')?.textContent !== '', null, { timeout: 60_000 });
    return String(await page.locator('pre').textContent());
  } catch (error) {
    throw new Error(`${/** @type {Error} */ (error).message.split('\n')[0]}; the page says: ${complaints.join('; ') || 'nothing'}`);
  } finally {
    await context.close();
  }
}

/**
 * @param {Project} project
 * @param {string} tarball
 * @param {string} cwd
 * @param {() => Promise<import('playwright-core').Browser>} browser
 */
async function programOf({ tools = [], files, build = [], run, lint, folder, serve }, tarball, cwd, browser) {
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  await cp(SEED, join(cwd, 'seed.txt'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
  await command(cwd, ['npm', 'install', ...NPM_FLAGS, tarball, ...tools]);
  for (const step of build) await command(cwd, step);
  for (const step of lint ?? []) await command(cwd, step.map((word) => (word === 'TARBALL' ? tarball : word)));
  if (lint) return null;
  if (run) return command(cwd, run);
  const server = folder ? await serveFolder(join(cwd, folder)) : await startServer(cwd, serve ?? []);
  try {
    return await shown(await browser(), server.url);
  } finally {
    server.close();
  }
}

const wanted = process.argv.slice(2);
const names = wanted.includes('--quick') ? QUICK : wanted.length > 0 ? wanted : Object.keys(PROJECTS);
const folder = await mkdtemp(join(tmpdir(), 'prox-install-'));
const { golden } = await seed();
/** @type {Promise<import('playwright-core').Browser> | null} */
let browser = null;
let failures = 0;
try {
  const packed = JSON.parse(await command(PKG, ['npm', 'pack', '--json', '--pack-destination', folder]));
  const tarball = join(folder, packed[0].filename);
  for (const name of names) {
    const started = Date.now();
    const cwd = join(folder, name);
    await mkdir(cwd);
    let says = 'ok';
    try {
      const project = PROJECTS[name];
      if (!project) throw new Error(`no such project; there are ${Object.keys(PROJECTS).join(', ')}`);
      const program = await programOf(project, tarball, cwd, () => (browser ??= launch()));
      if (program !== null && program.trim() !== golden.program.trim()) throw new Error(`another program than the golden one: ${program.slice(0, 400)}`);
    } catch (error) {
      failures++;
      says = `FAILED: ${/** @type {Error} */ (error).message}`;
    }
    console.log(`${name.padEnd(12)} ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${says}`);
    await rm(cwd, { recursive: true, force: true });
  }
} finally {
  await (await browser)?.close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;
