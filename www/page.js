/**
 * The element with an id of index.html.
 * @param {string} id
 * @returns {any}
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * @param {string} name
 * @param {string} className
 * @param {string} text
 */
export function make(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} value */
export function whole(value) {
  return value.toLocaleString('en');
}

/** @param {number} share from 0 to 1 */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

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

/**
 * Shows how far something is, without telling screen readers each step.
 * @param {number} done
 * @param {number | null} total
 * @param {string} words
 */
export function showProgress(done, total, words) {
  const bar = element('bar');
  if (total) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute('value');
  }
  element('progress-says').textContent = words;
  element('progress').hidden = false;
}

export function hideProgress() {
  element('progress').hidden = true;
}
