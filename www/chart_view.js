/** @import { View } from './view.js' */
import { drawn, element } from './dom.js';
import { revealLine } from './original_view.js';
import { isGone } from './view.js';
import { counted, lineRange, percent } from './words.js';

/** No more bars than a screen has room for; each stands for one line or more. */
const MOST_BARS = 480;
const HEIGHT = 40;

const chart = element('chart');

/**
 * A bar a line: how likely it is content, and whether it stays.
 * @param {View} view
 * @param {number} threshold
 */
export function showChart(view, threshold) {
  const { lines } = view;
  const bars = Math.min(lines.length, MOST_BARS);
  const each = lines.length / bars;
  let [kept, gone] = ['', ''];
  for (let bar = 0; bar < bars; bar++) {
    const [from, to] = [Math.floor(bar * each), Math.max(Math.floor((bar + 1) * each), Math.floor(bar * each) + 1)];
    let [sum, lost] = [0, 0];
    for (let line = from; line < to; line++) {
      sum += view.keep[line] ?? (isGone(view, line) ? 0.15 : 1);
      lost += isGone(view, line) ? 1 : 0;
    }
    const height = Math.max(2, (sum / (to - from)) * HEIGHT);
    const path = `M${bar + 0.1} ${HEIGHT}v${-height.toFixed(1)}h.8v${height.toFixed(1)}z`;
    if (2 * lost > to - from) gone += path;
    else kept += path;
  }
  chart.setAttribute('viewBox', `0 0 ${bars} ${HEIGHT}`);
  const y = HEIGHT * (1 - threshold);
  chart.replaceChildren(
    drawn('path', { class: 'kept', d: kept }),
    drawn('path', { class: 'gone', d: gone }),
    drawn('line', { class: 'limit', x1: 0, x2: bars, y1: y, y2: y, 'vector-effect': 'non-scaling-stroke' }),
  );
  chart.setAttribute('aria-label', described(view));
}

/** @param {View} view */
function described(view) {
  /** @type {string[]} */
  const ranges = [];
  let count = 0;
  for (let line = 0; line < view.lines.length; line++) {
    if (!isGone(view, line)) continue;
    const first = line;
    while (line + 1 < view.lines.length && isGone(view, line + 1)) line++;
    count += line - first + 1;
    if (ranges.length < 12) ranges.push(lineRange([first, line]));
  }
  const likely = view.document === null ? '' : ` The document is ${percent(view.document)} likely to be worth keeping.`;
  const which = ranges.length > 0 ? `: ${ranges.join(', ')}` : '';
  return `Chart of ${counted(view.lines.length, 'line')}. Removed are ${count}${which}.${likely}`;
}

/** A click shows the line under it; for the keyboard, the lines themselves are there. */
chart.addEventListener('click', (/** @type {MouseEvent} */ event) => {
  const { left, width } = chart.getBoundingClientRect();
  const lines = Number(chart.dataset.lines ?? 0);
  revealLine(Math.min(lines - 1, Math.floor(((event.clientX - left) / width) * lines)));
});
