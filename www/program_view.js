/** @import { View } from './view.js' */
import { desk } from './desk.js';
import { element, make, spoken } from './dom.js';
import { drawMore } from './more.js';
import { revealLine } from './original_view.js';
import { rove } from './rove.js';
import { coloured } from './syntax.js';
import { lineRange, percent } from './words.js';

const list = element('program');
const refreshTabStops = rove(list, 'button');

/** @param {View} view */
export function showProgram(view) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const focus = active && list.contains(active) ? active.dataset.key : undefined;
  drawMore(list, element('more-program'), view.statements.length, (index) => statementRow(view, index));
  element('program-empty').hidden = view.statements.length > 0;
  element('redo-all').hidden = view.undone.size === 0;
  refreshTabStops();
  if (focus) list.querySelector(`button[data-key="${focus}"]`)?.focus();
}

/** @param {View} view @param {number} index */
function statementRow({ statements, edits, undone }, index) {
  const { text, edits: own } = statements[index];
  const [edit] = own;
  const code = coloured(text);
  if (edit === undefined) return make('li', {}, make('span', { class: 'code' }, code));
  const isUndone = own.every((index) => undone.has(index));
  const { op, confidence } = edits[edit];
  const lines = op === 'drop_doc' ? null : /** @type {any} */ (edits[edit]).lines;
  const jump = make('button', { type: 'button', class: 'code', 'data-jump': lines?.[0] ?? 0, 'data-key': `jump${index}`, tabindex: -1 }, code);
  if (lines) jump.append(spoken(` Show ${lineRange(lines)}`));
  const toggle = make(
    'button',
    { type: 'button', class: 'undo', 'data-undo': edit, 'data-key': `undo${index}`, 'aria-pressed': isUndone, tabindex: -1 },
    isUndone ? 'Redo' : 'Undo',
    spoken(` statement ${index + 1}`),
  );
  const sure = make('span', { class: 'sure' }, confidence === undefined ? '' : percent(confidence));
  return make('li', { class: isUndone ? 'off' : undefined, 'data-edit': edit }, jump, sure, toggle);
}

list.addEventListener('click', (/** @type {MouseEvent} */ event) => {
  const pressed = /** @type {HTMLElement} */ (event.target).closest('button');
  if (!pressed) return;
  if (pressed.dataset.undo !== undefined) desk.toggle(Number(pressed.dataset.undo));
  else list.dispatchEvent(new CustomEvent('reveal', { bubbles: true, detail: Number(pressed.dataset.jump) }));
});
list.addEventListener('reveal', (/** @type {CustomEvent<number>} */ event) => {
  // on narrow screens only one of the three is in sight
  element('see-original').checked = true;
  revealLine(event.detail);
});
