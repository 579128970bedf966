import { Refiner, htmlToText } from '../pkg/index.js';
import { element, hideProgress, percent, showProgress, tell, whole } from './page.js';
import { showResult } from './result.js';

/** How long the slider has to rest before the text is refined anew. */
const REST_MS = 60;

const LOADING = 'Loading the model…';

const text = element('text');
const threshold = element('threshold');

/** @type {Promise<Refiner>} */
let loading;
/** What stops the refining in work. @type {AbortController | null} */
let running = null;
/** The text whose result is shown. @type {string | null} */
let shown = null;
let rest = 0;

function loadModel() {
  element('retry').hidden = true;
  tell(LOADING);
  loading = Refiner.load({
    onProgress({ phase, loaded, total }) {
      const bytes = total === null ? `${whole(loaded)} bytes` : `${whole(loaded)} of ${whole(total)} bytes`;
      showProgress(loaded, total, `${phase}: ${bytes}`);
    },
  });
  loading.then(modelReady, (error) => {
    element('retry').hidden = false;
    fail(error);
  });
}

/** @param {Refiner} refiner */
function modelReady({ model, backend }) {
  hideProgress();
  // what was said since then matters more
  if (!running && element('status').textContent === LOADING) tell(`The model is ready: ${model.name}, ${whole(model.bytes)} bytes.`);
  element('engine').textContent =
    `Model ${model.name}, ${whole(model.bytes)} bytes. Backend: ${backend.kind} (${backend.reason}).`;
}

/** @param {any} error */
function fail(error) {
  hideProgress();
  tell(error.code ? `${error.message} (${error.code})` : String(error), true);
}

async function refine() {
  clearTimeout(rest);
  if (text.value.trim() === '') {
    tell('There is no text to refine yet.');
    text.focus();
    return;
  }
  running?.abort();
  const controller = new AbortController();
  running = controller;
  const { signal } = controller;
  const input = text.value;
  element('stop').hidden = false;
  try {
    const refiner = await loading;
    signal.throwIfAborted();
    tell('Refining…');
    const started = performance.now();
    const level = element('level').value;
    const result = await refiner.refine(input, {
      threshold: Number(threshold.value),
      level,
      signal,
      onEvent: progressEvents(input),
    });
    const ms = Math.round(performance.now() - started);
    shown = input;
    tell(`${showResult(input, result, level !== 'doc')} It took ${whole(ms)} ms.`);
    hideProgress();
  } catch (error) {
    if (!signal.aborted) fail(error);
    else if (running === controller) tell('Stopped.');
    if (running === controller) hideProgress();
  } finally {
    if (running === controller) {
      running = null;
      element('stop').hidden = true;
    }
  }
}

/**
 * Tells how far a long text is.
 * @param {string} input
 */
function progressEvents(input) {
  const count = input.split('\n').length;
  return (/** @type {import('../pkg/index.js').RefineEvent} */ event) => {
    if (event.type !== 'chunk') return;
    const done = event.lines[1] + 1;
    showProgress(done, count, `${whole(done)} of ${whole(count)} lines read`);
  };
}

function showThreshold() {
  const says = `${threshold.value}: lines less than ${percent(Number(threshold.value))} likely to be content go`;
  element('threshold-says').textContent = says;
}

/** The settings act on the result shown, as soon as they rest. */
function settingsChanged() {
  showThreshold();
  clearTimeout(rest);
  if (shown !== null) rest = setTimeout(refine, REST_MS);
}

/** @param {string} value */
function setText(value) {
  text.value = value;
  text.setSelectionRange(0, 0);
  text.scrollTop = 0;
}

async function loadExample() {
  try {
    const response = await fetch('example.txt');
    if (!response.ok) throw new Error(`the example could not be loaded: HTTP status ${response.status}`);
    setText(await response.text());
    tell('The example is loaded.');
  } catch (error) {
    fail(error);
  }
}

/** @param {File | undefined} file */
async function openFile(file) {
  if (!file) return;
  try {
    const isHtml = file.type === 'text/html' || /\.html?$/i.test(file.name);
    const isText = file.type.startsWith('text/') || /\.(txt|md)$/i.test(file.name);
    if (!isHtml && !isText) throw new Error(`${file.name} is neither a text nor an HTML file`);
    // WebAssembly, which reads HTML, is ready with the model.
    if (isHtml) await loading;
    const content = await file.text();
    setText(isHtml ? htmlToText(content) : content);
    tell(`${file.name} is loaded.`);
  } catch (error) {
    fail(error);
  }
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const content = element(button.dataset.copy ?? '').textContent;
  try {
    await navigator.clipboard.writeText(content);
    tell('Copied.');
  } catch {
    tell('The browser does not let this page copy; select the text and copy it by hand.', true);
  }
}

element('refine').addEventListener('click', refine);
element('stop').addEventListener('click', () => running?.abort());
element('retry').addEventListener('click', loadModel);
element('example').addEventListener('click', loadExample);
element('level').addEventListener('change', settingsChanged);
threshold.addEventListener('input', settingsChanged);
for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', () => copy(/** @type {HTMLButtonElement} */ (button)));
}
text.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    refine();
  }
});

element('file').addEventListener('change', () => {
  const [file] = element('file').files;
  openFile(file);
  element('file').value = '';
});
addEventListener('dragover', (event) => {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  text.classList.add('dropping');
});
addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) text.classList.remove('dropping');
});
addEventListener('drop', (event) => {
  text.classList.remove('dropping');
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  openFile(event.dataTransfer.files[0]);
});

showThreshold();
loadModel();
