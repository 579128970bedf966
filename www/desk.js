/** @import { Edit, LineEvidence, RefineEvent, RefineResult, Refiner } from '../pkg/index.js' */
/** @import { View } from './view.js' */
import { execute } from '../pkg/index.js';
import { engine } from './engine.js';
import { keyOf, viewOf } from './view.js';

/**
 * What lies on the desk: one text, what the model said of it, which edits are undone, and the program in force. Views hear
 * of each change.
 */
class Desk extends EventTarget {
  /** @type {View | null} */
  view = null;
  /** How long the model took for the text, in ms. */
  took = 0;
  /** @type {RefineResult | null} */
  #result = null;
  /** @type {(LineEvidence | null)[] | null} */
  #evidence = null;
  /** A program written by hand, in force while it is not null. @type {string | null} */
  #own = null;
  /** Keys of undone edits. @type {Set<string>} */
  #undone = new Set();
  /** What stops the refining in work. @type {AbortController | null} */
  #running = null;
  /** Settings that came while others were being applied. @type {object | null} */
  #waiting = null;
  #rethresholding = false;

  /** Whether a program by hand is in force. */
  get byHand() {
    return this.#own !== null;
  }

  get isRunning() {
    return this.#running !== null;
  }

  /** The model's own program for the text. */
  get modelProgram() {
    return this.#result?.program ?? '';
  }

  stop() {
    this.#running?.abort();
  }

  /**
   * Reads a text. False where it was stopped or overtaken.
   * @param {string} text
   * @param {object} options
   * @param {(event: RefineEvent) => void} onEvent
   */
  async refine(text, options, onEvent) {
    this.stop();
    const controller = new AbortController();
    this.#running = controller;
    const { signal } = controller;
    this.#say('start');
    try {
      const refiner = await engine();
      signal.throwIfAborted();
      const started = performance.now();
      const result = await refiner.refine(text, { ...options, signal, onEvent });
      this.took = performance.now() - started;
      this.#undone.clear();
      this.#own = this.#evidence = null;
      this.#take(text, result);
      this.#explain(refiner, text);
      return true;
    } catch (error) {
      if (!signal.aborted) throw error;
      return false;
    } finally {
      if (this.#running === controller) {
        this.#running = null;
        this.#say('stop');
      }
    }
  }

  /**
   * Weighs the verdicts anew; the last settings given win.
   * @param {object} options
   */
  async rethreshold(options) {
    this.#waiting = options;
    if (this.#rethresholding) return;
    this.#rethresholding = true;
    try {
      while (this.#waiting && this.view && this.#result) {
        const wanted = this.#waiting;
        const [{ original }, result] = [this.view, this.#result];
        this.#waiting = null;
        const refiner = await engine();
        const again = await refiner.rethreshold(original, result, wanted);
        if (this.#result !== result) continue;
        this.#own = null;
        this.#take(original, again);
      }
    } finally {
      this.#rethresholding = false;
    }
  }

  /**
   * Takes an edit back, or applies it again.
   * @param {number} index
   */
  toggle(index) {
    if (!this.view) return;
    const key = keyOf(this.view.edits[index]);
    const undone = this.#undone.delete(key) ? false : Boolean(this.#undone.add(key));
    this.#show(this.view.original, this.view.edits);
    return { edit: this.view.edits[index], undone };
  }

  /** Applies all edits again. */
  redoAll() {
    if (!this.view) return;
    this.#undone.clear();
    this.#show(this.view.original, this.view.edits);
  }

  /**
   * Applies a program written by hand to the text.
   * @param {string} program
   */
  run(program) {
    if (!this.view) return;
    const { edits } = execute(this.view.original, program);
    this.#own = program;
    this.#undone.clear();
    this.#show(this.view.original, edits);
  }

  /** Goes back to the model's program. */
  leaveOwn() {
    if (!this.view || !this.#result) return;
    this.#own = null;
    this.#undone.clear();
    this.#take(this.view.original, this.#result);
  }

  clear() {
    this.stop();
    this.view = this.#result = this.#own = this.#evidence = null;
    this.#undone.clear();
    this.#say('change');
  }

  /**
   * Has the evidence told after the result stands; a text that took its place, or a model that knows none, leaves it out.
   * @param {Refiner} refiner
   * @param {string} text
   */
  async #explain(refiner, text) {
    const evidence = await refiner.explain(text).catch(() => null);
    if (!evidence || !this.view || this.view.original !== text || this.#running) return;
    this.#evidence = evidence;
    if (this.view.result === null) return;
    this.view = { ...this.view, evidence };
    this.#say('change');
  }

  /** @param {string} text @param {RefineResult} result */
  #take(text, result) {
    this.#result = result;
    this.#show(text, result.edits);
  }

  /** @param {string} text @param {Edit[]} edits */
  #show(text, edits) {
    const program = this.#own ?? this.#result?.program ?? '';
    const result = this.#own === null ? this.#result : null;
    this.view = { ...viewOf(text, edits, program, this.#undone, result), evidence: result && this.#evidence };
    this.#say('change');
  }

  /** @param {string} what */
  #say(what) {
    this.dispatchEvent(new Event(what));
  }
}

export const desk = new Desk();
