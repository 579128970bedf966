/** @import { ManyOutcome } from '../pkg/index.js' */
/** @import { Record } from './jsonl.js' */
import { refineMany } from '../pkg/index.js';
import { element } from './dom.js';
import { readRecords } from './jsonl.js';
import { save } from './saving.js';
import { openSink } from './sink.js';
import { errorWords } from './status.js';
import { counted, lasting, sized, whole } from './words.js';

/** The figures are drawn anew so often, in ms. */
const DRAW_MS = 200;

/** @type {AbortController | null} */
let running = null;
/** @type {{ name: string, content: Blob } | null} */
let result = null;

/** @param {string} message @param {boolean} [isError] */
function say(message, isError = false) {
  element('batch-status').textContent = message;
  element('batch-status').classList.toggle('error', isError);
}

/** A JSONL file is refined here, document by document, and its result offered as a file. */
export function startBatch() {
  element('batch-file').addEventListener('change', () => {
    const [file] = element('batch-file').files;
    element('batch-file').value = '';
    if (file) refineFile(file);
  });
  element('batch-cancel').addEventListener('click', () => running?.abort());
  element('batch-save').addEventListener('click', () => result && save(result.name, result.content));
}

/** @param {File} file */
export async function refineFile(file) {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  result = null;
  element('batch-save').hidden = true;
  element('batch-cancel').hidden = false;
  element('batch-run').hidden = false;
  element('batch-name').textContent = `${file.name}, ${sized(file.size)}`;
  const count = new Count(file.size);
  count.draw();
  const timer = setInterval(() => count.draw(), DRAW_MS);
  const sink = await openSink();
  say(`Refining ${file.name}…`);
  try {
    for await (const line of refinedLines(file, count, controller.signal)) await sink.write(line);
    count.finish();
    say(`Done: ${count.sentence()}`);
  } catch (error) {
    if (controller.signal.aborted) say(`Stopped: ${count.sentence()} What is done can be saved.`);
    else say(errorWords(error), true);
  } finally {
    clearInterval(timer);
    const content = await sink.close();
    if (running === controller) {
      running = null;
      count.draw();
      element('batch-cancel').hidden = true;
      if (content.size > 0) {
        result = { name: file.name.replace(/(\.\w+)?$/, '.refined.jsonl'), content };
        element('batch-save').hidden = false;
        element('batch-save').textContent = `Save ${result.name} (${sized(content.size)})`;
      }
    }
  }
}

/**
 * The lines of the result: each document's, and the errors, in the order of the file.
 * @param {File} file
 * @param {Count} count
 * @param {AbortSignal} signal
 */
async function* refinedLines(file, count, signal) {
  /** Records that were read and have no line yet. @type {Record[]} */
  const order = [];
  async function* texts() {
    for await (const record of readRecords(file, (bytes) => (count.bytes = bytes))) {
      order.push(record);
      if (record.text !== undefined) yield record.text;
    }
  }
  const failed = () => {
    const lines = [];
    while (order[0]?.error) lines.push(JSON.stringify(order.shift()));
    count.errors += lines.length;
    return lines;
  };
  const level = element('batch-level').value;
  const threshold = Number(element('batch-threshold').value);
  for await (const outcome of refineMany(texts(), { level, threshold, signal })) {
    yield* failed();
    const { id = null } = order.shift() ?? {};
    yield JSON.stringify(lineOf(id, outcome));
    count.add(outcome);
  }
  yield* failed();
}

/**
 * @param {string | number | null} id
 * @param {ManyOutcome} outcome
 */
function lineOf(id, { result, error }) {
  if (error) return { id, error: { code: error.code, message: error.message } };
  const { text, kept, program } = result;
  const edits = result.edits.map(({ before, after, ...edit }) => edit);
  return { id, text, kept, program, edits };
}

/** What was done so far. */
class Count {
  bytes = 0;
  errors = 0;
  #total;
  #started = performance.now();
  #documents = 0;
  #dropped = 0;
  #lines = 0;
  #removed = 0;

  /** @param {number} total bytes of the file */
  constructor(total) {
    this.#total = total;
  }

  /** @param {ManyOutcome} outcome */
  add({ result }) {
    this.#documents++;
    if (!result) {
      this.errors++;
      return;
    }
    this.#dropped += result.kept ? 0 : 1;
    this.#lines += result.stats.lines;
    this.#removed += result.kept ? result.stats.removedLines : result.stats.lines;
  }

  /** All of the file was read. */
  finish() {
    this.bytes = this.#total;
  }

  sentence() {
    const took = performance.now() - this.#started;
    return `${counted(this.#documents, 'document')} in ${lasting(took)}, ${whole(this.#dropped)} dropped, ${counted(this.errors, 'error')}.`;
  }

  draw() {
    const took = performance.now() - this.#started;
    const share = this.#total > 0 ? this.bytes / this.#total : 1;
    const bar = element('batch-bar');
    bar.max = this.#total || 1;
    bar.value = this.bytes;
    element('batch-documents').textContent = whole(this.#documents);
    element('batch-rate').textContent = `${((this.#documents / Math.max(took, 1)) * 1000).toFixed(1)} a second`;
    const left = running && share > 0.001 && share < 1 ? lasting((took * (1 - share)) / share) : running ? '…' : 'none';
    element('batch-left').textContent = left;
    element('batch-dropped').textContent = whole(this.#dropped);
    element('batch-removed').textContent = `${whole(this.#removed)} of ${whole(this.#lines)}`;
    element('batch-errors').textContent = whole(this.errors);
  }
}
