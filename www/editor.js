import { parseProgram } from '../pkg/index.js';
import { desk } from './desk.js';
import { element, make } from './dom.js';
import { coloured } from './syntax.js';
import { tell, tellError } from './status.js';
import { programOf } from './view.js';

const area = element('own');
const backdrop = element('own-colours');
const problems = element('diagnostics');

/** The program is written by hand: coloured while one types, errors underlined where they are, run on demand. */
export function startEditor() {
  element('edit').addEventListener('click', open);
  element('own-cancel').addEventListener('click', cancel);
  element('own-run').addEventListener('click', run);
  element('own-model').addEventListener('click', () => {
    desk.leaveOwn();
    close();
    tell('The model’s own program is in force again.');
  });
  area.addEventListener('input', check);
  area.addEventListener('scroll', () => (backdrop.scrollTop = area.scrollTop));
  area.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
    if (event.key === 'Escape') cancel();
  });
  desk.addEventListener('start', close);
  desk.addEventListener('change', () => (element('own-model').hidden = !desk.byHand));
}

function open() {
  if (!desk.view) return;
  area.value = programOf(desk.view);
  show(true);
  check();
  area.focus();
}

function cancel() {
  close();
  element('edit').focus();
}

function close() {
  show(false);
}

/** @param {boolean} isOpen */
function show(isOpen) {
  element('editor').hidden = !isOpen;
  element('program-read').hidden = isOpen;
  element('edit').hidden = isOpen;
}

function run() {
  try {
    desk.run(area.value);
    const { errors = 0 } = desk.view?.now ?? {};
    tell(errors > 0 ? `Your program ran, but ${errors} of its statements say nothing.` : 'Your program ran.');
  } catch (error) {
    tellError(error);
  }
}

function check() {
  const { diagnostics } = parseProgram(area.value);
  const lines = area.value.split('\n');
  backdrop.replaceChildren(
    ...lines.map((/** @type {string} */ line, /** @type {number} */ index) => {
      const here = diagnostics.filter((diagnostic) => diagnostic.line === index + 1);
      const at = Math.min(...here.map(({ column }) => column - 1));
      if (here.length === 0) return make('div', {}, coloured(line), '\n');
      const { severity } = here[0];
      // an error at the end of a line needs something to stand under
      const bad = make('span', { class: `bad ${severity}` }, line.slice(at) || ' ');
      return make('div', {}, coloured(line.slice(0, at)), bad, '\n');
    }),
  );
  problems.replaceChildren(
    ...diagnostics.map(({ severity, line, column, message }) => {
      const place = line > 0 ? `line ${line}, column ${column}: ` : '';
      const go = make('button', { type: 'button', class: 'link' }, `${severity}, ${place}${message}`);
      go.addEventListener('click', () => goTo(line, column));
      return make('li', { class: severity }, go);
    }),
  );
  problems.hidden = diagnostics.length === 0;
  area.setAttribute('aria-invalid', String(diagnostics.some(({ severity }) => severity === 'error')));
}

/** @param {number} line @param {number} column */
function goTo(line, column) {
  const before = area.value.split('\n').slice(0, Math.max(0, line - 1));
  const at = before.join('\n').length + (before.length > 0 ? 1 : 0) + Math.max(0, column - 1);
  area.focus();
  area.setSelectionRange(at, at);
}
