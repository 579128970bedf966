import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-precise-memory-info',
];

/** WebGPU on SwiftShader, a program on the CPU that Chromium brings along. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** The Chromium of this machine; there is no skipping where there is none. */
export function chromiumPath() {
  const executablePath = process.env.CHROMIUM_PATH || PLACES.find((place) => existsSync(place));
  if (!executablePath || !existsSync(executablePath)) {
    throw new Error(
      `no Chromium at ${executablePath ?? PLACES.join(', ')}: \`apt-get install chromium\` or set CHROMIUM_PATH`,
    );
  }
  return executablePath;
}

/**
 * Starts it.
 * @param {{ webgpu?: boolean }} [options]
 */
export function launch({ webgpu = false } = {}) {
  const args = [...FLAGS, ...(webgpu ? SOFTWARE_GPU : ['--disable-gpu'])];
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args });
}

/**
 * Opens an address in a fresh profile; `problems` collects what the console and the policy complain about.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function open(browser, url, options) {
  const context = await browser.newContext({ serviceWorkers: 'block', ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const problems = [];
  page.on('console', (message) => {
    const isOwn = message.text() === 'Service Worker registration blocked by Playwright';
    if (['error', 'warning'].includes(message.type()) && !isOwn) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  await page.goto(url);
  return { page, context, problems };
}
