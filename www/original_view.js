/** @import { Place, View } from './view.js' */
import { desk } from './desk.js';
import { drawMore } from './more.js';
import { element, make, spoken } from './dom.js';
import { against } from './reasons.js';
import { rove } from './rove.js';
import { isGone } from './view.js';
import { counted, lineRange, percent } from './words.js';

/** Marks stand in running text, where a button would not break across lines. */
const PRESSABLE = 'button, [role=button]';

const list = element('lines');
const refreshTabStops = rove(list, PRESSABLE);

/** Lines that nobody judged yet, each with its number. @param {string[]} lines */
export function showUnread(lines) {
  drawMore(list, element('more'), lines.length, (line) => row(line, 'unread', [lines[line]], ''));
}

/**
 * First verdicts on some lines.
 * @param {readonly [number, number]} range
 * @param {number[]} keep
 * @param {number} threshold
 */
export function showRead([first], keep, threshold) {
  keep.forEach((value, index) => {
    const item = list.children[first + index];
    if (!item) return;
    item.className = value < threshold ? 'gone' : '';
    item.querySelector('.sure').textContent = percent(value < threshold ? 1 - value : value);
  });
}

/** @param {View} view */
export function showOriginal(view) {
  const focus = focusedKey();
  drawMore(list, element('more'), view.lines.length, (line) => viewRow(view, line));
  refreshTabStops();
  if (focus) list.querySelector(`[data-key="${focus}"]`)?.focus();
}

/** The edit whose button has the focus, to give it back after drawing anew. */
function focusedKey() {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  return active && list.contains(active) ? active.dataset.key : undefined;
}

/** @param {View} view @param {number} line */
function viewRow(view, line) {
  const { editOf, edits, undone, keep, evidence, now } = view;
  const gone = isGone(view, line);
  const edit = editOf[line];
  const starts = edit !== -1 && edits[edit].op === 'remove_lines' && editOf[line - 1] !== edit;
  const state = gone ? 'gone' : edit !== -1 && undone.has(edit) ? 'back' : '';
  const words = gone ? [make('del', {}, view.lines[line])] : marked(view, line);
  const sure = keep[line];
  const item = row(line, state, words, sure === null ? '' : percent(gone && now.kept ? 1 - sure : sure));
  if (sure !== null) item.lastElementChild?.append(spoken(gone && now.kept ? ' sure that it is no content' : ' likely to be content'));
  item.title = reason(sure, gone, now.kept);
  const found = gone && now.kept ? evidence?.[line] : null;
  if (found) item.querySelector('.words')?.append(' ', make('small', { class: 'why' }, against(found)));
  if (edit !== -1) item.dataset.edit = String(edit);
  if (starts) {
    item.classList.add('starts');
    item.append(undoButton(view, edit));
  }
  return item;
}

/**
 * @param {number} line
 * @param {string} state
 * @param {(Node | string)[]} words
 * @param {string} sure
 */
function row(line, state, words, sure) {
  return make(
    'li',
    { class: state, 'data-line': line },
    make('span', { class: 'number', 'aria-hidden': true }, String(line).padStart(3, '0')),
    make('span', { class: 'words' }, ...words),
    make('span', { class: 'sure' }, sure),
  );
}

/** @param {number | null} keep @param {boolean} gone @param {boolean} documentKept */
function reason(keep, gone, documentKept) {
  if (!documentKept) return 'Gone with the document';
  if (keep === null) return gone ? 'Removed by your program' : '';
  return gone ? `Removed: only ${percent(keep)} likely to be content` : `${percent(keep)} likely to be content`;
}

/** @param {View} view @param {number} index */
function undoButton({ edits, undone }, index) {
  const edit = edits[index];
  const isUndone = undone.has(index);
  const lines = /** @type {any} */ (edit).lines;
  const sure = edit.confidence === undefined ? '' : `, ${percent(edit.confidence)} sure`;
  const label = isUndone ? 'Remove again' : 'Restore';
  return button(index, isUndone, 'undo', label, spoken(` ${lineRange(lines)}${isUndone ? '' : `, removed${sure}`}`));
}

/** A line with its normalisations marked. @param {View} view @param {number} line */
function marked(view, line) {
  const text = view.lines[line];
  /** @type {(Node | string)[]} */
  const parts = [];
  let done = 0;
  for (const place of view.places.get(line) ?? []) {
    if (place.start < done) continue;
    parts.push(text.slice(done, place.start), mark(view, text, place));
    done = place.end;
  }
  parts.push(text.slice(done));
  return parts;
}

/** @param {View} view @param {string} text @param {Place} place */
function mark({ edits }, text, { start, end, after, edit, undone }) {
  const before = text.slice(start, end);
  const [same, rest] = shared(before, after);
  const [gone, come] = [before.slice(same, before.length - rest), after.slice(same, after.length - rest)];
  /** @type {(Node | string)[]} */
  const parts = undone
    ? [before]
    : [before.slice(0, same), gone && make('del', {}, gone), come && make('ins', {}, come), before.slice(before.length - rest)];
  if (edit === -1) return make('span', { class: 'mark' }, ...parts);
  const sure = edits[edit].confidence;
  const made = make('span', { role: 'button', class: 'mark', 'data-edit': edit, 'data-key': edit, 'aria-pressed': undone, tabindex: -1 }, ...parts);
  made.setAttribute('aria-label', `${undone ? 'Apply again' : 'Undo'}: “${before}” becomes “${after}”`);
  made.title = `${kindOf(before, after)}${sure === undefined ? '' : `, ${percent(sure)} sure`}`;
  return made;
}

/** How many characters two texts share at their start and, of the rest, at their end. @param {string} a @param {string} b */
function shared(a, b) {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [start, end];
}

/** What a normalisation does. @param {string} before @param {string} after */
function kindOf(before, after) {
  const bare = (/** @type {string} */ text) => text.replace(/\s+/g, '');
  if (after === '' || bare(after) === '') return 'Noise taken out';
  if (bare(before) === bare(after)) return before.length < after.length ? 'Words put apart' : 'Spaces tidied';
  return before.length > after.length ? 'Noise taken out' : 'Characters mended';
}

/** @param {number} index @param {boolean} pressed @param {string} name @param {(Node | string)[]} parts */
function button(index, pressed, name, ...parts) {
  return make('button', { type: 'button', class: name, 'data-edit': index, 'data-key': index, 'aria-pressed': pressed, tabindex: -1 }, ...parts);
}

list.addEventListener('click', (/** @type {MouseEvent} */ event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  // who selects words wants no edit undone
  const line = getSelection()?.isCollapsed ? target.closest('li[data-edit]') : null;
  const pressed = /** @type {HTMLElement | null} */ (target.closest(PRESSABLE) ?? line);
  if (pressed) desk.toggle(Number(pressed.dataset.edit));
});
list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
  const { target, key } = event;
  if (!(target instanceof HTMLSpanElement) || (key !== 'Enter' && key !== ' ')) return;
  event.preventDefault();
  target.click();
});

/** Shows a line and lets it flash. @param {number} line */
export function revealLine(line) {
  const button = element('more');
  while (!list.children[line] && !button.hidden) button.click();
  const item = list.children[line];
  if (!item) return;
  item.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  item.classList.remove('flash');
  requestAnimationFrame(() => item.classList.add('flash'));
}

/** @param {number} count */
export function tellLines(count) {
  element('original-count').textContent = counted(count, 'line');
}
