// The page in a real Chromium: what people do with it, and what goes wrong on the way.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { launch, open as openIn } from './support/chromium.mjs';
import { longText, seed } from './support/seed.mjs';
import { troubleServer } from './support/server.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** @typedef {import('playwright-core').Page} Page */

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof troubleServer>>} */
let server;

before(async () => {
  browser = await launch();
  server = await troubleServer();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/**
 * Opens the page; after `work` nothing may have complained.
 * @template T
 * @param {(page: Page, context: import('playwright-core').BrowserContext) => Promise<T>} work
 * @param {import('playwright-core').BrowserContextOptions} [options]
 * @param {string[]} [expected] complaints that belong to the test
 */
async function onPage(work, options, expected = []) {
  const { page, context, problems } = await openIn(browser, server.url, options);
  try {
    await page.getByText('The model is ready').waitFor();
    const value = await work(page, context);
    assert.deepEqual(problems.filter((problem) => !expected.some((part) => problem.includes(part))), []);
    return value;
  } finally {
    await context.close();
  }
}

/** @param {Page} page @param {string} name */
async function refineExample(page, name = 'An article') {
  await page.locator('#status').evaluate((status) => (status.textContent = ''));
  await page.getByRole('button', { name, exact: true }).click();
  await page.locator('#status', { hasText: /It took|dropped/ }).waitFor();
}

/** Puts in a text; typing it, as fill() does, takes minutes where it is long. @param {Page} page @param {string} text */
function setText(page, text) {
  return page.locator('#text').evaluate((area, text) => {
    /** @type {HTMLTextAreaElement} */ (area).value = text;
  }, text);
}

/** @param {Page} page */
function programLines(page) {
  return page.locator('#program .code').evaluateAll((codes) =>
    codes.map((code) => [...code.childNodes].filter((part) => !(part instanceof Element && part.matches('.spoken'))).map((part) => part.textContent).join('')),
  );
}

/** @param {Page} page @param {string} id */
async function saved(page, id) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(id).click()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path(), 'utf8') };
}

describe('refining on the page', () => {
  for (const width of [360, 1440]) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      test(`every part at ${width} px, ${colorScheme}: fits, and axe finds nothing`, async () => {
        await onPage(
          async (page) => {
            // The policy lets no other script in: the checker comes through the debugger.
            await page.evaluate(await readFile(AXE, 'utf8'));
            const check = async (/** @type {string} */ where) => {
              const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, { resultTypes: ['violations'] }));
              const found = violations.map((/** @type {any} */ { id, nodes }) => `${where}: ${id} ${nodes[0].html} ${nodes[0].failureSummary}`);
              assert.deepEqual(found, []);
              const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
              assert.ok(wider <= 0, `${where} is ${wider} px too wide`);
            };
            await check('empty page');
            await refineExample(page);
            await check('result');
            if (width < 700) await page.getByText('Program', { exact: true }).first().click();
            await page.getByRole('button', { name: 'Edit the program' }).click();
            await page.locator('#own').fill('remove_lines(line_start=1)\nnonsense');
            await check('editor');
            for (const tab of ['Batch', 'How it works', 'Speed']) {
              await page.getByRole('tab', { name: tab }).click();
              if (tab === 'How it works') await page.getByRole('heading', { name: 'Edits' }).waitFor();
              await check(tab);
            }
          },
          { viewport: { width, height: 800 }, colorScheme },
        );
      });
    }
  }

  test('the seed page: the golden program, its edits and text', async () => {
    const { golden, text } = await seed();
    await onPage(async (page) => {
      await setText(page, text);
      await page.getByRole('button', { name: 'Refine', exact: true }).click();
      await page.getByText('It took').waitFor();
      assert.equal((await programLines(page)).join('\n'), golden.program.trimEnd());
      assert.equal((await page.locator('#refined p').allTextContents()).join('\n'), golden.text);
      const gone = page.locator('#lines .gone');
      assert.equal(await gone.count(), 5);
      assert.match((await gone.first().getAttribute('title')) ?? '', /^Removed: only \d+ % likely to be content$/);
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone .why').length === 5);
      assert.match((await page.locator('#lines .gone .why').first().textContent()) ?? '', /words like “|outside the main text/);
      assert.match((await page.locator('#lines .gone .sure').first().textContent()) ?? '', /^\d+ % sure that it is no content$/);
      assert.equal(await page.locator('#lines .mark').count(), 9);
      assert.match((await page.locator('#chart').getAttribute('aria-label')) ?? '', /23 lines.*Removed are 5: line 0, lines 19 to 22/);
      assert.match((await page.locator('#figures').textContent()) ?? '', /lines removed5 of 23normalisations9characters/);
    });
  });

  test('an edit is undone where it stands and in the program, and applied again', async () => {
    await onPage(async (page) => {
      await refineExample(page);
      const refined = () => page.locator('#refined').innerText();
      const before = await refined();
      await page.getByRole('button', { name: /^Restore line 0/ }).click();
      assert.match(await refined(), /^news studionews studio/);
      assert.equal(await page.locator('#program .off').count(), 1);
      // drawn anew, it still has the focus
      assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /Remove again line 0/);
      await page.keyboard.press('Enter');
      assert.equal(await refined(), before);

      await page.locator('#lines .mark').first().focus();
      await page.keyboard.press('Space');
      assert.match(await refined(), /field ofnatural/);
      const { content } = await saved(page, '#save-program');
      assert.doesNotMatch(content, /ofnatural/);
      await page.getByRole('button', { name: /^Undo statement 3/ }).click();
      assert.match(await refined(), /Views: 0/);
      await page.locator('#lines li[data-line="20"] .words').click();
      assert.doesNotMatch(await refined(), /Views: 0/);
      await page.locator('#lines li[data-line="20"] .words').click();
      await page.getByRole('button', { name: 'Apply all edits again' }).click();
      assert.equal(await refined(), before);
    });
  });

  test('a statement shows its lines, and they light up together', async () => {
    await onPage(async (page) => {
      await refineExample(page);
      await page.locator('#program button.code', { hasText: 'line_start=19' }).click();
      await page.locator('#lines li[data-line="19"].flash').waitFor();
      await page.locator('#lines li[data-line="20"]').hover();
      assert.equal(await page.locator('#program li.lit').count(), 1);
      assert.equal(await page.locator('#lines li.lit').count(), 4);
      await page.locator('#lines li[data-line="5"]').hover();
      assert.equal(await page.locator('#refined .lit').textContent(), 'Key Features of ProX');
    });
  });

  test('the strictness acts without reading anew', async () => {
    await onPage(async (page) => {
      await refineExample(page);
      await page.getByLabel('Strictness').first().fill('0');
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone').length === 0);
      assert.equal((await programLines(page)).filter((line) => line.startsWith('remove_lines')).length, 0);
      await page.getByLabel('Strictness').first().fill('1');
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone').length === 23);
      await page.getByLabel('Strictness').first().fill('0.5');
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone').length === 5);
      await page.getByLabel('Mend within lines').uncheck();
      await page.waitForFunction(() => document.querySelectorAll('#lines .mark').length === 0);
      await page.getByLabel('Judge').first().selectOption('doc');
      await page.waitForFunction(() => document.querySelectorAll('#program li').length === 1);
      assert.deepEqual(await programLines(page), ['keep_doc()']);
    });
  });

  test('a page that is dropped can be judged by its lines', async () => {
    await onPage(async (page) => {
      await refineExample(page, 'A shop');
      await page.getByText('The document is dropped').waitFor();
      await page.getByRole('button', { name: 'Judge its lines anyway' }).click();
      await page.locator('#program', { hasText: 'remove_lines' }).waitFor();
      assert.ok((await programLines(page)).every((line) => !line.startsWith('drop_doc')));
    });
  });

  test('a program by hand: errors are underlined and told, then it runs', async () => {
    await onPage(async (page) => {
      await refineExample(page);
      await page.getByRole('button', { name: 'Edit the program' }).click();
      await page.locator('#own').fill('remove_lines(line_start=0, line_end=1)\nremove_lines(line_start=5)');
      assert.equal(await page.locator('#own-colours .bad.error').count(), 1);
      assert.match(await page.locator('#diagnostics').innerText(), /error, line 2, column \d+: /);
      await page.locator('#diagnostics button').first().click();
      const caret = await page.locator('#own').evaluate((area) => /** @type {HTMLTextAreaElement} */ (area).selectionStart);
      assert.ok(caret >= 39, String(caret));
      await page.locator('#own').fill('remove_lines(line_start=0, line_end=1)');
      assert.equal(await page.locator('#own-colours .bad').count(), 0);
      await page.keyboard.press('Control+Enter');
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone').length === 2);
      assert.match((await page.locator('#figures').textContent()) ?? '', /programyours/);
      await page.getByRole('button', { name: 'Cancel' }).last().click();
      await page.getByRole('button', { name: 'Back to the model’s program' }).click();
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone').length === 5);
    });
  });

  test('copying and saving', async () => {
    await onPage(
      async (page) => {
        await refineExample(page);
        await page.getByRole('button', { name: 'Copy the program' }).click();
        await page.getByText('Copied: the program.').waitFor();
        const { golden } = await seed();
        assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), golden.program.trim());
        assert.equal((await saved(page, '#save-text')).content, golden.text);
        const { name, content } = await saved(page, '#save-json');
        const report = JSON.parse(content);
        assert.equal(name, 'example.json');
        assert.equal(report.edits.length, 11);
        assert.equal(report.lines.length, 23);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
  });

  test('by keyboard alone', async () => {
    const { text } = await seed();
    await onPage(async (page) => {
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the text');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      await page.locator('#text').focus();
      await page.keyboard.insertText(text);
      await page.keyboard.press('Control+Enter');
      await page.getByText('It took').waitFor();
      const reached = [];
      for (let i = 0; i < 32; i++) {
        await page.keyboard.press('Tab');
        reached.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.className || ''));
      }
      for (const id of ['refine', 'file', 'threshold', 'level', 'normalize', 'lines', 'undo', 'copy-text', 'refined', 'edit', 'program', 'code']) {
        assert.ok(reached.some((name) => name.split(' ').includes(id)), `${id} in ${reached.join(', ')}`);
      }
      await page.locator('#tab-page').focus();
      await page.keyboard.press('ArrowRight');
      assert.ok(await page.locator('#panel-batch').isVisible());
      await page.keyboard.press('End');
      assert.ok(await page.locator('#panel-speed').isVisible());
    });
  });

  test('files: HTML is read, JSONL goes to the batch, a picture is refused; no text, a hint', async () => {
    await onPage(async (page) => {
      await page.getByRole('button', { name: 'Refine', exact: true }).click();
      await page.getByText('There is no text to refine yet.').waitFor();
      const file = (/** @type {string} */ name, /** @type {string} */ mimeType, /** @type {string} */ content) =>
        page.locator('#file').setInputFiles({ name, mimeType, buffer: Buffer.from(content) });
      await file('page.html', 'text/html', '<title>t</title><nav><a href="/">Home</a></nav><p>Words of a paragraph &amp; more.</p>');
      await page.locator('#lines', { hasText: 'Words of a paragraph & more.' }).waitFor();
      await file('a.png', 'image/png', 'x');
      await page.getByText('a.png is neither a text nor an HTML file').waitFor();
      await file('a.jsonl', '', '{"id":1,"text":"a"}\n');
      await page.locator('#batch-status', { hasText: 'Done: 1 document' }).waitFor();
    });
  });

  test('how it works and how fast', async () => {
    await onPage(async (page) => {
      await page.getByRole('tab', { name: 'How it works' }).click();
      await page.getByRole('heading', { name: 'Edits' }).waitFor();
      assert.equal(await page.locator('#how-steps > li').count(), 5);
      assert.ok((await page.locator('.token').count()) > 10);
      assert.match(await page.locator('#how-steps pre').innerText(), /remove_lines|normalize/);
      await page.getByRole('tab', { name: 'Speed' }).click();
      await page.getByLabel('This page runs on').selectOption('webgpu');
      await page.locator('#bench-status', { hasText: '(unsupported)' }).waitFor();
      assert.equal(await page.getByLabel('This page runs on').inputValue(), 'auto');
      await page.getByRole('button', { name: 'Measure CPU and WebGPU' }).click();
      await page.locator('#bench-status', { hasText: 'Done.' }).waitFor();
      const rows = await page.locator('#bench-rows tr').allInnerTexts();
      assert.match(rows[0], /^CPU\s+[\d.]+ m?s\s+[\d,]+/);
      assert.match(rows[1], /^WebGPU/);
    }, undefined, ['No available adapters']);
  });
});

describe('long texts and batches', () => {
  test('a long text shows its lines as they are read, and can be stopped', async () => {
    await onPage(async (page) => {
      await setText(page, longText(20_000));
      await page.getByRole('button', { name: 'Refine', exact: true }).click();
      await page.getByText(/of 20,000 lines read/).waitFor();
      assert.equal(await page.locator('#lines li').count(), 1000);
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText('Stopped.').waitFor();
      assert.ok(await page.locator('#result').isHidden());
    });
  });

  test('a text of megabytes', async () => {
    // 5 on a machine with time
    const length = Number(process.env.TEXT_MEGABYTES ?? 1) * 1e6;
    await onPage(async (page) => {
      const text = longText(10_000);
      const long = text.repeat(Math.ceil(length / text.length)).slice(0, length);
      await setText(page, long);
      await page.getByLabel('Judge').first().evaluate((select) => {
        /** @type {HTMLSelectElement} */ (select).value = 'chunk';
      });
      await page.getByRole('button', { name: 'Refine', exact: true }).click();
      await page.getByText('It took').waitFor({ timeout: 500_000 });
      assert.match((await page.locator('#original-count').textContent()) ?? '', /^[\d,]+ lines$/);
      await page.getByRole('button', { name: /^Show 1,000 more lines/ }).first().click();
      assert.equal(await page.locator('#lines li').count(), 2000);
    });
  });

  test('a batch: every document in its place, errors too, memory flat; it can be cancelled', async (t) => {
    const documents = Number(process.env.BATCH_DOCUMENTS ?? 100);
    const { text, golden } = await seed();
    await onPage(async (page) => {
      await page.getByRole('tab', { name: 'Batch' }).click();
      const lines = Array.from({ length: documents }, (_, id) => (id === 3 ? '{"id": 3, broken' : JSON.stringify({ id, text })));
      const heap = async () => {
        await page.requestGC();
        return page.evaluate(() => /** @type {any} */ (performance).memory.usedJSHeapSize);
      };
      const before = await heap();
      await page.locator('#batch-file').setInputFiles({ name: 'all.jsonl', mimeType: '', buffer: Buffer.from(lines.join('\n')) });
      await page.locator('#batch-status', { hasText: 'Done:' }).waitFor({ timeout: 600_000 });
      const grown = (await heap()) - before;
      t.diagnostic(`${documents} documents: ${Math.round(grown / 1000)} KB more`);
      assert.ok(grown < 3e6, `${grown} bytes more for ${documents} documents of ${text.length} characters`);
      const { name, content } = await saved(page, '#batch-save');
      assert.equal(name, 'all.refined.jsonl');
      const out = content.trimEnd().split('\n').map((line) => JSON.parse(line));
      assert.equal(out.length, documents);
      assert.deepEqual(out[0].program, golden.program);
      assert.equal(out[3].error.code, 'invalid-json');
      out.forEach(({ id, text }, index) => index !== 3 && assert.deepEqual([id, text], [index, golden.text]));

      await page.locator('#batch-file').setInputFiles({ name: 'more.jsonl', mimeType: '', buffer: Buffer.from(lines.join('\n').repeat(3)) });
      await page.waitForFunction(() => Number(document.getElementById('batch-documents')?.textContent) > 3);
      await page.getByRole('button', { name: 'Cancel' }).first().click();
      await page.locator('#batch-status', { hasText: 'Stopped:' }).waitFor();
      const partial = await saved(page, '#batch-save');
      assert.ok(partial.content.trimEnd().split('\n').length >= 3);
    });
  });

  test('a batch where nothing can be written to disk goes to memory', async () => {
    const { text, golden } = await seed();
    await onPage(async (page) => {
      await page.evaluate(() => {
        navigator.storage.getDirectory = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
      });
      await page.getByRole('tab', { name: 'Batch' }).click();
      const buffer = Buffer.from(JSON.stringify({ id: 'a', text }));
      await page.locator('#batch-file').setInputFiles({ name: 'all.jsonl', mimeType: '', buffer });
      await page.locator('#batch-status', { hasText: 'Done:' }).waitFor();
      assert.equal(JSON.parse((await saved(page, '#batch-save')).content).text, golden.text);
    });
  });
});

describe('on WebGPU', () => {
  test('the same program from the GPU, edits undone, the strictness changed, and back to the CPU', async () => {
    const { golden } = await seed();
    const gpu = await launch({ webgpu: true });
    try {
      const { page, problems } = await openIn(gpu, server.url);
      await page.getByText('The model is ready').waitFor();
      await page.getByRole('tab', { name: 'Speed' }).click();
      await page.getByLabel('This page runs on').selectOption('webgpu');
      await page.getByText('The page now runs on WebGPU.').waitFor({ timeout: 120_000 });
      assert.match((await page.locator('#engine').textContent()) ?? '', /WebGPU$/);
      await page.getByRole('tab', { name: 'Page' }).click();
      await refineExample(page);
      assert.equal((await programLines(page)).join('\n'), golden.program.trimEnd());
      await page.getByRole('button', { name: /^Restore line 0/ }).click();
      assert.match(await page.locator('#refined').innerText(), /^news studionews studio/);
      await page.getByLabel('Strictness').first().fill('0');
      await page.waitForFunction(() => document.querySelectorAll('#lines .gone').length === 0);
      await page.getByRole('tab', { name: 'Speed' }).click();
      await page.getByLabel('This page runs on').selectOption('cpu');
      await page.getByText('The page now runs on the CPU.').waitFor();
      // a software GPU's shaders bring warnings of the browser's own
      assert.deepEqual(problems.filter((problem) => /CSP|Error/.test(problem)), []);
    } finally {
      await gpu.close();
    }
  });
});

describe('when things fail', () => {
  test('a model that does not come is told, and can be loaded again', async () => {
    let broken = true;
    const { page, context } = await openIn(browser, 'about:blank');
    await page.route('**/prox-nano.gguf', (route) => (broken ? route.fulfill({ status: 503 }) : route.continue()));
    await page.goto(server.url);
    await page.getByText(/503.*\(network\)/).waitFor();
    broken = false;
    await page.getByRole('button', { name: 'Load the model again' }).click();
    await page.getByText('The model is ready').waitFor();
    await context.close();
  });

  test('a damaged download is told, and loading again mends it', async () => {
    let damaged = true;
    const { page, context } = await openIn(browser, 'about:blank');
    await page.route('**/prox-nano.gguf', async (route) => {
      if (!damaged) return route.continue();
      const response = await route.fetch();
      const body = await response.body();
      body[1_000_000] ^= 1;
      return route.fulfill({ response, body });
    });
    await page.goto(server.url);
    await page.getByText(/SHA-256.*\(integrity\)/).waitFor();
    damaged = false;
    await page.getByRole('button', { name: 'Load the model again' }).click();
    await page.getByText('The model is ready').waitFor();
    await refineExample(page);
    await context.close();
  });

  test('after the first visit it works without a network', async () => {
    const own = await troubleServer();
    const { page, context } = await openIn(browser, own.url, { serviceWorkers: 'allow' });
    await page.getByText('Works offline from now on.').waitFor();
    await own.close();
    await page.reload();
    await page.getByText('The model is ready').waitFor();
    await refineExample(page);
    await refineExample(page, 'A recipe');
    assert.match(await page.locator('#status').innerText(), /lines removed/);
    await context.close();
  });
});
