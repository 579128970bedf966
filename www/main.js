/** @import { RefineEvent } from '../pkg/index.js' */
import { htmlToText } from '../pkg/index.js';
import { refineFile, startBatch } from './batch.js';
import { startBench } from './bench.js';
import { showChart } from './chart_view.js';
import { desk } from './desk.js';
import { element, make } from './dom.js';
import { startEditor } from './editor.js';
import { engine, loadEngine } from './engine.js';
import { EXAMPLES, readExample } from './examples.js';
import { explain } from './explain.js';
import { linkEdits } from './links.js';
import { keepForOffline } from './offline.js';
import { showOriginal, showRead, showUnread, tellLines } from './original_view.js';
import { showProgram } from './program_view.js';
import { showRefined } from './refined_view.js';
import { copy, save } from './saving.js';
import { hideProgress, showProgress, tell, tellError } from './status.js';
import { sentence, showSummary } from './summary_view.js';
import { openTab, startTabs } from './tabs.js';
import { programOf } from './view.js';
import { percent, whole } from './words.js';

const text = element('text');
const threshold = element('threshold');
/** Files that the user saves are called after what was opened. */
let name = 'text';

function settings() {
  return { threshold: Number(threshold.value), level: element('level').value, normalize: element('normalize').checked };
}

async function refine() {
  const input = text.value;
  if (input.trim() === '') {
    showInput(true);
    tell('There is no text to refine yet.');
    text.focus();
    return;
  }
  try {
    tell('Refining…');
    if (await desk.refine(input, settings(), progressEvents(input))) {
      hideProgress();
      if (desk.view) tell(sentence(desk.view, desk.took));
    } else if (!desk.isRunning) {
      hideProgress();
      tell('Stopped.');
      if (desk.view) showAll();
      else showResult(false);
    }
  } catch (error) {
    hideProgress();
    showResult(desk.view !== null);
    tellError(error);
  }
}

/**
 * Shows a text while it is read: its lines at once, verdicts as they come.
 * @param {string} input
 */
function progressEvents(input) {
  const lines = input.split('\n');
  const limit = settings().threshold;
  let begun = false;
  return (/** @type {RefineEvent} */ event) => {
    if (event.type !== 'chunk') return;
    if (!begun) {
      begun = true;
      showResult(true);
      showUnread(lines);
      tellLines(lines.length);
    }
    const done = event.lines[1] + 1;
    showRead(event.lines, event.keep, limit);
    showProgress(done, lines.length, `${whole(done)} of ${whole(lines.length)} lines read`);
  };
}

/** @param {boolean} isShown */
function showResult(isShown) {
  element('result').hidden = !isShown;
  element('panel-page').classList.toggle('has-result', isShown);
  showInput(!isShown);
}

/**
 * The text as one can change it, or only its beginning: laying out megabytes takes a browser seconds.
 * @param {boolean} isOpen
 */
function showInput(isOpen) {
  const hadFocus = document.activeElement === text;
  text.hidden = element('text-label').hidden = !isOpen;
  element('reopen').hidden = isOpen;
  if (isOpen) return;
  element('reopen-words').textContent = `${whole(text.value.length)} characters: ${text.value.slice(0, 200).trim()}`;
  if (hadFocus) element('reopen').focus();
}

/** Draws everything there is to see of the text on the desk. */
function showAll() {
  const { view } = desk;
  showResult(view !== null);
  if (!view) return;
  element('chart').dataset.lines = String(view.lines.length);
  tellLines(view.lines.length);
  showSummary(view, desk.took);
  showChart(view, Number(threshold.value));
  showOriginal(view);
  showRefined(view);
  showProgram(view);
  element('keep-anyway').hidden = view.result === null || element('level').value === 'chunk';
}

function settingsChanged() {
  const value = Number(threshold.value);
  element('threshold-says').textContent = `keeps lines from ${percent(value)}`;
  threshold.setAttribute('aria-valuetext', `keeps lines at least ${percent(value)} likely to be content`);
  if (desk.view) desk.rethreshold(settings()).catch(tellError);
}

/** @param {string} value @param {string} from */
function setText(value, from) {
  text.hidden = true;
  text.value = value;
  showInput(false);
  text.setSelectionRange(0, 0);
  text.scrollTop = 0;
  name = from.replace(/\.\w+$/, '') || 'text';
}

/** @param {string} file */
async function openExample(file) {
  try {
    const content = await readExample(file);
    if (file.endsWith('.html')) await engine();
    setText(file.endsWith('.html') ? htmlToText(content) : content, file.replace(/^.*\//, ''));
    await refine();
  } catch (error) {
    tellError(error);
  }
}

/** @param {File | undefined} file */
async function openFile(file) {
  if (!file) return;
  if (/\.(jsonl|ndjson)$/i.test(file.name)) {
    openTab('batch');
    refineFile(file);
    return;
  }
  openTab('page');
  try {
    const isHtml = file.type === 'text/html' || /\.html?$/i.test(file.name);
    const isText = file.type.startsWith('text/') || /\.(txt|md)$/i.test(file.name);
    if (!isHtml && !isText) throw new Error(`${file.name} is neither a text nor an HTML file`);
    // WebAssembly, which reads HTML, is ready with the model.
    if (isHtml) await engine();
    const content = await file.text();
    setText(isHtml ? htmlToText(content) : content, file.name);
    await refine();
  } catch (error) {
    tellError(error);
  }
}

function report() {
  const { view } = desk;
  if (!view) return '';
  const { now, edits, undone, keep, document, lines } = view;
  const standing = edits.filter((_, index) => !undone.has(index));
  const verdicts = document === null ? {} : { document: { keep: document }, lines: lines.map((_, line) => ({ keep: keep[line] })) };
  return JSON.stringify({ text: now.text, kept: now.kept, program: programOf(view), edits: standing, ...verdicts }, null, 2);
}

function wireInput() {
  element('refine').addEventListener('click', refine);
  element('stop').addEventListener('click', () => desk.stop());
  element('retry').addEventListener('click', start);
  text.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      refine();
    }
  });
  element('reopen').addEventListener('click', () => {
    showInput(true);
    text.focus();
  });
  text.addEventListener('paste', () => {
    if (text.value.trim() === '') setTimeout(refine);
  });
  element('file').addEventListener('change', () => {
    const [file] = element('file').files;
    openFile(file);
    element('file').value = '';
  });
  element('examples').append(
    ...EXAMPLES.map((example) => {
      const button = make('button', { type: 'button' }, example.name);
      button.addEventListener('click', () => openExample(example.file));
      return button;
    }),
  );
}

function wireDrop() {
  addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) document.body.classList.remove('dropping');
  });
  addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    openFile(event.dataTransfer.files[0]);
  });
}

function wireResult() {
  threshold.addEventListener('input', settingsChanged);
  element('level').addEventListener('change', settingsChanged);
  element('normalize').addEventListener('change', settingsChanged);
  element('keep-anyway').addEventListener('click', () => {
    element('level').value = 'chunk';
    settingsChanged();
    element('level').focus();
  });
  element('redo-all').addEventListener('click', () => desk.redoAll());
  const now = () => desk.view?.now.text ?? '';
  const program = () => (desk.view ? programOf(desk.view) : '');
  element('copy-text').addEventListener('click', () => copy(now(), 'the refined text'));
  element('copy-program').addEventListener('click', () => copy(program(), 'the program'));
  element('save-text').addEventListener('click', () => save(`${name}.refined.txt`, new Blob([now()], { type: 'text/plain' })));
  element('save-program').addEventListener('click', () => save(`${name}.prox`, new Blob([program()], { type: 'text/plain' })));
  element('save-json').addEventListener('click', () => save(`${name}.json`, new Blob([report()], { type: 'application/json' })));
  desk.addEventListener('change', showAll);
  desk.addEventListener('start', () => (element('stop').hidden = false));
  desk.addEventListener('stop', () => (element('stop').hidden = true));
}

function start() {
  loadEngine().then(
    // once there is nothing better to do
    () => ('requestIdleCallback' in window ? requestIdleCallback(keepForOffline, { timeout: 5000 }) : setTimeout(keepForOffline, 1000)),
    () => {},
  );
}

wireInput();
wireDrop();
wireResult();
linkEdits();
startEditor();
startBatch();
startBench();
document.addEventListener('tab', (/** @type {any} */ { detail }) => {
  if (detail === 'tab-how') explain();
});
startTabs();
settingsChanged();
start();
