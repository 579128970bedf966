// prox-nano over many pages on one thread: time of the median page of 167 lines, and what memory does meanwhile.
//   cargo xtask wasm
//   node --expose-gc benches/node/memory.mjs [PAGES] [FILE.jsonl]      texts of {"text"} lines instead of made ones
// Times are of the processor, since other programs may be running. Every hundredth page a line is printed.
import { readFileSync } from 'node:fs';
import { Refiner } from '../../pkg/server.js';

const [count = '1000', file] = process.argv.slice(2);
const PAGES = Number(count);
/// Lines of the median page of the labelled data.
const LINES = 167;
const MENU = ['Home', 'About us | Contact | Privacy policy', 'Share on Facebook', 'Read more', '3 comments', 'Posted in News'];
const WORDS = 'the mill was rebuilt in spring by people who had waited for years while water rose'.split(' ');

/// A page with a menu, prose and a footer; no two have the same lines.
function made(page) {
  let seed = page + 1;
  const next = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const line = (i) => {
    if (i < 20 || i >= 130) return `${MENU[next(MENU.length)]} ${next(1000)}`;
    return `${Array.from({ length: 8 + next(40) }, () => WORDS[next(WORDS.length)]).join(' ')} ${page}.`;
  };
  return Array.from({ length: LINES }, (_, i) => line(i)).join('\n');
}

const texts = file && readFileSync(file, 'utf8').split('\n').filter(Boolean).map((row) => JSON.parse(row).text);
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const refiner = await Refiner.load();
const times = [];
const points = [];
for (let page = 0; page < PAGES; page++) {
  const text = texts ? texts[page % texts.length] : made(page);
  const start = process.cpuUsage();
  await refiner.refine(text);
  const { user, system } = process.cpuUsage(start);
  times.push((user + system) / 1e3);
  if ((page + 1) % Math.ceil(PAGES / 10) === 0) {
    globalThis.gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    points.push(rss);
    const shown = { rss, heapUsed, external, arrayBuffers };
    const mb = Object.entries(shown).map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)} MB`);
    console.log(`${String(page + 1).padStart(6)} pages  median ${median(times.slice(-100)).toFixed(1)} ms  ${mb.join('  ')}`);
  }
}
refiner.dispose();
const [first, last] = [points[1] ?? points[0], points.at(-1)];
console.log(`median ${median(times).toFixed(1)} ms of processor time a page; rss from the second to the last tenth ${((last - first) / 1e6).toFixed(1)} MB`);
