/** @import { View } from './view.js' */
import { element, make } from './dom.js';
import { drawMore } from './more.js';
import { isGone } from './view.js';

const text = element('refined');

/** @param {View} view */
export function showRefined(view) {
  const { now, lines } = view;
  element('dropped').hidden = now.kept;
  const shown = now.kept && now.text !== '' ? now.text.split('\n') : [];
  const left = [...lines.keys()].filter((line) => !isGone(view, line));
  // a program by hand may join or cut lines; then nobody knows which is which
  const origin = left.length === shown.length ? left : [];
  drawMore(text, element('more-refined'), shown.length, (index) => {
    const changed = origin.length > 0 && view.places.get(origin[index])?.some(({ undone }) => !undone);
    const attributes = { 'data-line': origin[index], class: changed ? 'changed' : undefined };
    return make('p', attributes, shown[index]);
  });
}
