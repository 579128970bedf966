import { element } from './dom.js';

/**
 * Says where things stand; screen readers hear it.
 * @param {string} message
 * @param {boolean} [isError]
 */
export function tell(message, isError = false) {
  const status = element('status');
  status.textContent = message;
  status.classList.toggle('error', isError);
}

/** @param {any} error */
export function tellError(error) {
  tell(errorWords(error), true);
}

/** @param {any} error */
export function errorWords(error) {
  return error?.code && error.code !== error.name ? `${error.message} (${error.code})` : String(error?.message ?? error);
}

/** What is to be shown of the progress with the next frame; more often is only work. */
let frame = 0;

/**
 * Shows how far something is, without telling screen readers each step.
 * @param {number} done
 * @param {number | null} total
 * @param {string} words
 */
export function showProgress(done, total, words) {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    const bar = element('bar');
    if (total) {
      bar.max = total;
      bar.value = done;
    } else {
      bar.removeAttribute('value');
    }
    element('progress-says').textContent = words;
    element('progress').hidden = false;
  });
}

export function hideProgress() {
  cancelAnimationFrame(frame);
  element('progress').hidden = true;
}
