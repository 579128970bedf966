import { element } from './dom.js';

/** Statement, lines and places of one edit light up together while one of them is pointed at or has the focus. */
export function linkEdits() {
  const result = element('result');
  let lit = '';
  /** @param {EventTarget | null} target */
  const light = (target) => {
    const at = target instanceof Element ? target : null;
    const edit = at?.closest('[data-edit]')?.getAttribute('data-edit') ?? '';
    const line = edit === '' ? (at?.closest('[data-line]')?.getAttribute('data-line') ?? '') : '';
    const key = edit === '' ? line && `line ${line}` : `edit ${edit}`;
    if (key === lit) return;
    lit = key;
    for (const old of result.querySelectorAll('.lit')) old.classList.remove('lit');
    if (key === '') return;
    const selector = edit === '' ? `[data-line="${line}"]` : `[data-edit="${edit}"]`;
    for (const one of result.querySelectorAll(selector)) one.classList.add('lit');
  };
  result.addEventListener('pointerover', (/** @type {Event} */ { target }) => light(target));
  result.addEventListener('pointerleave', () => light(null));
  result.addEventListener('focusin', (/** @type {Event} */ { target }) => light(target));
  result.addEventListener('focusout', () => light(null));
}
