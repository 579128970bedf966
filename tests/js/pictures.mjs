// Takes the pictures of the README, docs/page.png and docs/phone.png, and of every state of the page into screenshots/, to
// look at: `node tests/js/pictures.mjs`.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { launch } from './support/chromium.mjs';
import { serve } from './serve.mjs';

const SHOTS = fileURLToPath(new URL('screenshots/', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

const browser = await launch();
const server = await serve();
await mkdir(SHOTS, { recursive: true });
for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, serviceWorkers: 'block' });
    const page = await context.newPage();
    const shot = (/** @type {string} */ name, fullPage = false) => page.screenshot({ path: `${SHOTS}${width}-${colorScheme}-${name}.png`, fullPage });
    await page.goto(server.url);
    await page.getByText('The model is ready').waitFor();
    await shot('1-empty');
    // more than once, so that the figures are those of warm code
    for (let i = 0; i < 5; i++) {
      await page.locator('#status').evaluate((status) => (status.textContent = ''));
      await page.getByRole('button', { name: 'An encyclopedia' }).click();
      await page.getByText('It took').waitFor();
    }
    await page.mouse.move(0, 0);
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
    await shot('2-refined', width < 700);
    if (colorScheme === 'light') await page.screenshot({ path: `${DOCS}${width > 700 ? 'page' : 'phone'}.png` });
    if (width > 700) {
      await page.locator('#program button.code', { hasText: 'citation needed' }).hover();
      await shot('3-linked');
    } else {
      await page.getByText('Refined', { exact: true }).first().click();
      await shot('3-refined', true);
      await page.getByText('Program', { exact: true }).first().click();
      await shot('4-program', true);
    }
    await page.getByRole('button', { name: 'Edit the program' }).click();
    await page.locator('#own').fill('remove_lines(line_start=0, line_end=2)\nremove_lines(line_start=11)\nnormalize(source_str="[edit]", target_str="")');
    await shot('5-editor');
    await page.getByRole('button', { name: 'A shop' }).click();
    await page.getByText(': dropped').waitFor();
    await shot('6-dropped');
    await page.getByRole('tab', { name: 'Batch' }).click();
    const lines = Array.from({ length: 40 }, (_, id) => JSON.stringify({ id, text: `A line of text, number ${id}.\n`.repeat(30) }));
    await page.locator('#batch-file').setInputFiles({ name: 'corpus.jsonl', mimeType: '', buffer: Buffer.from(lines.join('\n')) });
    await page.getByText('Done:').waitFor();
    await shot('7-batch');
    await page.getByRole('tab', { name: 'How it works' }).click();
    await page.getByRole('heading', { name: 'Edits' }).waitFor();
    await shot('8-how', true);
    await page.getByRole('tab', { name: 'Speed' }).click();
    await shot('9-speed');
    await context.close();
  }
}
await browser.close();
await server.close();
