import { execute } from '../pkg/index.js';
import { desk } from './desk.js';
import { element, make } from './dom.js';
import { engine } from './engine.js';
import { errorWords } from './status.js';
import { coloured } from './syntax.js';
import { percent } from './words.js';

/** Lines that are walked through. */
const LINES = 5;
const MOST_TOKENS = 40;

let drawn = 0;

/** Walks a few lines of the text on the desk, or of the first example, through all that is done with them. */
export async function explain() {
  const turn = ++drawn;
  const out = element('how-steps');
  try {
    const refiner = await engine();
    const text = desk.view?.original ?? (await (await fetch('example.txt')).text());
    const result = desk.view?.result ?? (await refiner.refine(text));
    const lines = text.split('\n');
    const first = start(result.lines.map(({ keep }) => keep), lines);
    const range = [...lines.keys()].slice(first, first + LINES);
    const tokens = await Promise.all(range.map((line) => refiner.tokens(lines[line])));
    if (turn !== drawn) return;

    const statements = [];
    for (const edit of result.edits) {
      const touches = edit.op === 'drop_doc' || (edit.lines[0] <= range[range.length - 1] && edit.lines[1] >= first);
      if (touches && edit.statement !== undefined) statements.push(result.program.split('\n')[edit.statement]);
    }
    const done = execute(text, statements.join('\n'));
    out.replaceChildren(
      step('Lines', 'The text is cut at its line breaks, and each line gets a number.', listed(range, (line) => [lines[line] || '(blank)'])),
      step(
        'Tokens',
        'Each line becomes word pieces: lower case, digits as 0. Their vectors are averaged into one for the line, with its length, its place and what stands around it.',
        listed(range, (_, index) => tokens[index].slice(0, MOST_TOKENS).map((token) => make('span', { class: 'token' }, token))),
      ),
      step(
        'Verdicts',
        'Four transformer blocks read all lines of the page together, both ways, and answer one question for each: is this content?',
        listed(range, (line) => [gauge(result.lines[line].keep), lines[line].slice(0, 60) || '(blank)']),
      ),
      step(
        'Program',
        'The verdicts print as ProX statements. The model can say nothing else, so nothing is made up.',
        make('pre', { class: 'code', tabindex: 0 }, coloured(statements.join('\n') || 'keep_chunk()')),
      ),
      step(
        'Edits',
        'A small executor applies the statements to the text. Each edit knows its place, so each can be undone.',
        listed(range, (line) => edited(done, line, lines[line])),
      ),
    );
  } catch (error) {
    out.replaceChildren(make('p', { class: 'status error' }, errorWords(error)));
  }
}

/**
 * Where the few lines begin: where most is to be seen of both verdicts.
 * @param {number[]} keep
 * @param {string[]} lines
 */
function start(keep, lines) {
  const uneven = (/** @type {number} */ at) => {
    const some = keep.slice(at, at + LINES);
    return lines[at].trim() === '' ? -1 : Math.max(...some) - Math.min(...some);
  };
  const starts = [...keep.keys()].filter((at) => at + LINES <= keep.length);
  return starts.reduce((best, at) => (uneven(at) > uneven(best) + 0.02 ? at : best), 0);
}

/**
 * @param {string} title
 * @param {string} words
 * @param {HTMLElement} shown
 */
function step(title, words, shown) {
  return make('li', { class: 'card' }, make('h2', {}, title), make('p', {}, words), shown);
}

/**
 * @param {number[]} range
 * @param {(line: number, index: number) => (Node | string)[]} content
 */
function listed(range, content) {
  const items = range.map((line, index) => {
    const number = make('span', { class: 'number' }, String(line).padStart(3, '0'));
    return make('li', {}, number, make('span', { class: 'words' }, ...content(line, index)));
  });
  return make('ul', { class: 'walk' }, ...items);
}

/** @param {number} keep */
function gauge(keep) {
  const made = make('meter', { min: 0, max: 1, low: 0.5, high: 0.5, optimum: 1, value: keep, 'aria-label': 'likely to be content' });
  return make('span', { class: 'gauge' }, made, ` ${percent(keep)} `);
}

/**
 * @param {import('../pkg/index.js').Execution} done
 * @param {number} line
 * @param {string} text
 */
function edited({ removed, edits, kept }, line, text) {
  if (!kept || removed.some(([first, last]) => first <= line && line <= last)) return [make('del', {}, text)];
  let out = text;
  for (const edit of edits) if (edit.op === 'normalize') out = out.replaceAll(edit.source, edit.target);
  return [out];
}
