import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the Chromium of this machine; there is no skipping where there is none. */
export async function launch() {
  const executablePath = process.env.CHROMIUM_PATH || PLACES.find((place) => existsSync(place));
  if (!executablePath || !existsSync(executablePath)) {
    throw new Error(
      `no Chromium at ${executablePath ?? PLACES.join(', ')}: \`apt-get install chromium\` or set CHROMIUM_PATH`,
    );
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}
