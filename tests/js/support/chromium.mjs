import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WebGPU on SwiftShader, a program on the CPU that Chromium brings along. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * Starts the Chromium of this machine; there is no skipping where there is none.
 * @param {{ webgpu?: boolean }} [options]
 */
export async function launch({ webgpu = false } = {}) {
  const executablePath = process.env.CHROMIUM_PATH || PLACES.find((place) => existsSync(place));
  if (!executablePath || !existsSync(executablePath)) {
    throw new Error(
      `no Chromium at ${executablePath ?? PLACES.join(', ')}: \`apt-get install chromium\` or set CHROMIUM_PATH`,
    );
  }
  const args = [...FLAGS, ...(webgpu ? SOFTWARE_GPU : ['--disable-gpu'])];
  return chromium.launch({ executablePath, headless: true, args });
}
