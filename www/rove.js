/**
 * One tab stop for a list of many buttons: the arrow keys move within it.
 * @param {HTMLElement} list
 * @param {string} selector of the buttons
 */
export function rove(list, selector) {
  /** @type {HTMLElement | null} */
  let current = null;
  const items = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);

  /** @param {HTMLElement | undefined} item @param {boolean} focus */
  const move = (item, focus) => {
    if (!item) return;
    if (current) current.tabIndex = -1;
    current = item;
    item.tabIndex = 0;
    if (focus) item.focus();
  };

  list.addEventListener('keydown', (event) => {
    const all = items();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at === -1) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const to = step ? at + step : event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : null;
    if (to === null) return;
    event.preventDefault();
    move(all[Math.min(Math.max(to, 0), all.length - 1)], true);
  });
  list.addEventListener('focusin', (event) => {
    const item = /** @type {HTMLElement} */ (event.target).closest(selector);
    if (item) move(/** @type {HTMLElement} */ (item), false);
  });

  /** To be called when the list was filled anew. */
  return () => {
    const all = items();
    for (const item of all) item.tabIndex = -1;
    current = null;
    move(all[0], false);
  };
}
