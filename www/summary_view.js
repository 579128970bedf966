/** @import { View } from './view.js' */
import { element, make } from './dom.js';
import { isGone } from './view.js';
import { counted, lasting, percent, whole } from './words.js';

/**
 * What came of it in a few figures.
 * @param {View} view
 * @param {number} took
 */
export function showSummary(view, took) {
  const { lines, now, original, edits, undone, result } = view;
  const gone = [...lines.keys()].filter((line) => isGone(view, line)).length;
  const places = edits.filter(({ op }, index) => op === 'normalize' && !undone.has(index)).length;
  const rate = took > 0 ? `${whole((lines.length / took) * 1000)} lines a second` : '';
  /** @type {[string, string][]} */
  const figures = [
    [`${whole(gone)} of ${whole(lines.length)}`, 'lines removed'],
    [whole(places), places === 1 ? 'normalisation' : 'normalisations'],
    [`${whole(original.length)} → ${whole(now.text.length)}`, 'characters'],
    [result ? percent(result.document.keep) : 'yours', result ? 'worth keeping' : 'program'],
    [lasting(took), rate],
  ];
  element('figures').replaceChildren(
    ...figures.map(([value, label]) => make('div', {}, make('dt', {}, label), make('dd', {}, value))),
  );
}

/** The same in a sentence. @param {View} view @param {number} took */
export function sentence(view, took) {
  const { lines, now, original, edits, document } = view;
  const worth = document === null ? '' : ` The document is ${percent(document)} likely to be worth keeping`;
  if (!now.kept) {
    const chosen = edits[0]?.statement !== undefined;
    return chosen ? `${worth.trim() || 'Your program says so'}: dropped.` : 'Dropped: too little would be left.';
  }
  const gone = [...lines.keys()].filter((line) => isGone(view, line)).length;
  const sizes = `${whole(original.length)} characters became ${whole(now.text.length)}`;
  return `${whole(gone)} of ${counted(lines.length, 'line')} removed; ${sizes}.${worth && `${worth}.`} It took ${lasting(took)}.`;
}
