import { counted, whole } from './words.js';

/** Rows are drawn so many at a time; a browser takes a second for tens of thousands. */
const ROWS = 1000;

/**
 * Fills a list; what is beyond the first thousand rows comes on demand.
 * @param {HTMLElement} list
 * @param {HTMLButtonElement} button
 * @param {number} count
 * @param {(index: number) => Node} row
 */
export function drawMore(list, button, count, row) {
  // what was opened before stays open
  let drawn = Math.min(count, Math.max(ROWS, Math.ceil(list.children.length / ROWS) * ROWS));
  const rows = (/** @type {number} */ from, /** @type {number} */ to) => {
    const out = document.createDocumentFragment();
    for (let index = from; index < to; index++) out.append(row(index));
    return out;
  };
  const offer = () => {
    button.hidden = drawn >= count;
    button.textContent = `Show ${counted(Math.min(ROWS, count - drawn), 'more line')} of ${whole(count - drawn)}`;
  };
  const { scrollTop } = list;
  list.replaceChildren(rows(0, drawn));
  list.scrollTop = scrollTop;
  offer();
  button.onclick = () => {
    const to = Math.min(count, drawn + ROWS);
    list.append(rows(drawn, to));
    drawn = to;
    offer();
  };
}
