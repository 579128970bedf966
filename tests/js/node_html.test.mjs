// HTML to lines: the same in WebAssembly as natively, where `tests/html_pages.rs` reads the same pages.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { htmlToLines, htmlToText } from 'prox-wasm';

const PAGES = new URL('../data/html/', import.meta.url);

test('all test pages give the lines of the native library', async () => {
  const names = (await readdir(PAGES)).filter((name) => name.endsWith('.html'));
  assert.ok(names.length > 0, `no pages in ${PAGES.pathname}`);
  for (const name of names) {
    const [html, expected] = await Promise.all([
      readFile(new URL(name, PAGES), 'utf8'),
      readFile(new URL(name.replace(/html$/, 'txt'), PAGES), 'utf8'),
    ]);
    const text = expected.replace(/\n$/, '');
    assert.equal(htmlToText(html), text, name);
    assert.deepEqual(htmlToLines(html), text === '' ? [] : text.split('\n'), name);
  }
});
