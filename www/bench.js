import { Refiner } from '../pkg/index.js';
import { desk } from './desk.js';
import { element, make } from './dom.js';
import { switchBackend } from './engine.js';
import { errorWords } from './status.js';
import { lasting, whole } from './words.js';

/** Each backend works at least so long, and on so many texts. */
const LEAST_MS = 1500;
const LEAST_RUNS = 5;

/** @type {AbortController | null} */
let running = null;

/** The CPU against WebGPU, on this machine and this text. */
export function startBench() {
  element('bench-run').addEventListener('click', () => (running ? running.abort() : compare()));
  element('backend').addEventListener('change', choose);
}

/** The backend in use. */
let chosen = 'auto';

async function choose() {
  const select = element('backend');
  const status = element('bench-status');
  select.disabled = true;
  status.textContent = 'Loading the model…';
  try {
    const { backend } = await switchBackend(select.value);
    chosen = select.value;
    status.textContent = `The page now runs on ${backend.kind === 'webgpu' ? 'WebGPU' : 'the CPU'}.`;
  } catch (error) {
    select.value = chosen;
    status.textContent = errorWords(error);
  } finally {
    select.disabled = false;
    select.focus();
  }
}

async function compare() {
  const controller = new AbortController();
  running = controller;
  const button = element('bench-run');
  button.textContent = 'Stop';
  const rows = element('bench-rows');
  rows.replaceChildren();
  element('bench-table').hidden = false;
  const say = (/** @type {string} */ words) => (element('bench-status').textContent = words);
  try {
    const text = desk.view?.original ?? (await (await fetch('example.txt')).text());
    for (const backend of /** @type {const} */ (['cpu', 'webgpu'])) {
      const name = backend === 'cpu' ? 'CPU' : 'WebGPU';
      say(`Measuring: ${name}…`);
      rows.append(await measured(name, backend, text, controller.signal));
    }
    say('Done.');
  } catch (error) {
    say(controller.signal.aborted ? 'Stopped.' : errorWords(error));
  } finally {
    running = null;
    button.textContent = 'Measure again';
  }
}

/**
 * @param {string} name
 * @param {'cpu' | 'webgpu'} backend
 * @param {string} text
 * @param {AbortSignal} signal
 */
async function measured(name, backend, text, signal) {
  const started = performance.now();
  /** @type {Refiner} */
  let refiner;
  try {
    refiner = await Refiner.load({ backend, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return row(name, 'not here', '', '', errorWords(error));
  }
  try {
    const loaded = performance.now() - started;
    await refiner.refine(text, { signal });
    const times = [];
    const begun = performance.now();
    while (times.length < LEAST_RUNS || performance.now() - begun < LEAST_MS) {
      const before = performance.now();
      await refiner.refine(text, { signal });
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    const lines = text.split('\n').length;
    return row(name, lasting(median), `${whole((lines / median) * 1000)}`, lasting(loaded), refiner.backend.reason);
  } finally {
    refiner.dispose();
  }
}

/** @param {string} name @param {string[]} cells */
function row(name, ...cells) {
  return make('tr', {}, make('th', { scope: 'row' }, name), ...cells.map((cell) => make('td', {}, cell)));
}
