/** @import { Edit, RefineResult } from '../pkg/index.js' */
import { counted, element, make, percent, whole } from './page.js';

/** More lines than this are shown on demand. */
const FIRST_LINES = 1000;

/**
 * Shows what came of refining `text`; returns it in a sentence.
 * @param {string} text
 * @param {RefineResult} result
 * @param {boolean} linesJudged whether its lines were in question
 */
export function showResult(text, result, linesJudged) {
  const lines = text.split('\n');
  const removed = removedLines(lines.length, result);
  showLines(lines, removed, result, linesJudged);
  element('refined').textContent = result.kept ? result.text : '(nothing: the document is dropped)';
  element('program').textContent = result.program || '(empty)';
  showDiagnostics(result);
  element('result').hidden = false;
  return summaryOf(lines.length, removed, text, result);
}

/**
 * For each line whether it is gone.
 * @param {number} count
 * @param {RefineResult} result
 */
function removedLines(count, { kept, edits }) {
  const removed = new Array(count).fill(!kept);
  for (const edit of edits) {
    if (edit.op === 'remove_lines') removed.fill(true, edit.lines[0], edit.lines[1] + 1);
  }
  return removed;
}

/**
 * @param {number} count
 * @param {boolean[]} removed
 * @param {string} text
 * @param {RefineResult} result
 */
function summaryOf(count, removed, text, { kept, document, edits, text: refined }) {
  const worth = `The document is ${percent(document.keep)} likely to be worth keeping`;
  if (!kept) return edits[0]?.statement === undefined ? 'Dropped: too little would be left.' : `${worth}: dropped.`;
  const gone = removed.filter(Boolean).length;
  const sizes = `${whole(text.length)} characters became ${whole(refined.length)}`;
  return `${whole(gone)} of ${counted(count, 'line')} removed; ${sizes}. ${worth}.`;
}

/**
 * @param {string[]} lines
 * @param {boolean[]} removed
 * @param {RefineResult} result
 * @param {boolean} linesJudged
 */
function showLines(lines, removed, result, linesJudged) {
  const list = element('lines');
  const more = element('more');
  const changes = changesByLine(result.edits);
  /** @param {number} from @param {number} to */
  const items = (from, to) => {
    const items = document.createDocumentFragment();
    for (let i = from; i < to; i++) {
      const says = verdict(removed[i], result.lines[i].keep, result.kept, linesJudged);
      items.append(lineItem(i, lines[i], removed[i], says, changes.get(i) ?? []));
    }
    return items;
  };
  list.replaceChildren(items(0, Math.min(FIRST_LINES, lines.length)));
  more.hidden = lines.length <= FIRST_LINES;
  more.textContent = `Show ${counted(lines.length - FIRST_LINES, 'more line')}`;
  more.onclick = () => {
    list.append(items(FIRST_LINES, lines.length));
    more.hidden = true;
  };
}

/**
 * The normalisations that may touch a line.
 * @param {Edit[]} edits
 */
function changesByLine(edits) {
  /** @type {Map<number, { source: string, target: string }[]>} */
  const changes = new Map();
  for (const edit of edits) {
    if (edit.op !== 'normalize') continue;
    for (let line = edit.lines[0]; line <= edit.lines[1]; line++) {
      changes.set(line, [...(changes.get(line) ?? []), edit]);
    }
  }
  return changes;
}

/**
 * @param {number} index
 * @param {string} words
 * @param {boolean} isRemoved
 * @param {string} says
 * @param {{ source: string, target: string }[]} changes
 */
function lineItem(index, words, isRemoved, says, changes) {
  const item = make('li', isRemoved ? 'removed' : '', '');
  const shown = make(isRemoved ? 'del' : 'span', 'words', words);
  item.append(make('span', 'number', String(index).padStart(3, '0')), shown);
  item.append(make('span', 'verdict', says));
  for (const { source, target } of isRemoved ? [] : changes) {
    if (words.includes(source)) item.append(make('span', 'verdict changes', `“${source}” becomes “${target}”`));
  }
  return item;
}

/**
 * @param {boolean} isRemoved
 * @param {number} keep
 * @param {boolean} documentKept
 * @param {boolean} linesJudged
 */
function verdict(isRemoved, keep, documentKept, linesJudged) {
  if (!documentKept) return 'dropped';
  if (!linesJudged) return 'kept';
  return isRemoved ? `removed, ${percent(1 - keep)}` : `kept, ${percent(keep)}`;
}

/** @param {RefineResult} result */
function showDiagnostics({ diagnostics }) {
  const list = element('diagnostics');
  list.replaceChildren(...diagnostics.map(({ severity, message }) => make('li', severity, `${severity}: ${message}`)));
  list.hidden = diagnostics.length === 0;
}
