// The GPU backend for long, in Chromium on SwiftShader; tests/edge/gpu_soak.mjs does the same in Deno. Takes minutes to hours:
//   node tests/js/gpu_soak.mjs [--texts PAGES.jsonl] [--model FILE.gguf] [--pages 200] [--losses 10] [--cycles 5]
// PAGES.jsonl has `text` a line; without it the texts are the seed page and an invented one. FILE.gguf is a line model, else prox-nano.
import { launch } from './support/chromium.mjs';
import { soakArguments } from './support/soak_arguments.mjs';
import { troubleServer } from './support/server.mjs';
import { readFile } from 'node:fs/promises';

const what = await soakArguments();
const script = (/** @type {string} */ path) => async (/** @type {any} */ _, /** @type {any} */ response) => {
  response.setHeader('Content-Type', 'text/javascript');
  response.end(await readFile(new URL(path, import.meta.url)));
};
const server = await troubleServer({
  '/support/gpu_soak.js': script('support/gpu_soak.js'),
  '/support/random.mjs': script('support/random.mjs'),
});
const browser = await launch({ webgpu: true });
const page = await browser.newPage();
page.setDefaultTimeout(0);
page.on('console', (message) => console.log(message.text()));
try {
  await page.goto(`${server.origin}/blank`);
  await page.evaluate(async (what) => {
    const { soak, watch } = await import(/** @type {any} */ ('/support/gpu_soak.js'));
    const watched = watch();
    await soak(await import(/** @type {any} */ ('/pkg/index.js')), watched, what, (/** @type {string} */ line) => console.log(line));
  }, what);
} finally {
  await browser.close();
  await server.close();
}
