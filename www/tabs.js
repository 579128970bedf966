/** The tabs of the page: arrow keys move between them, the address remembers which one is open. */
export function startTabs() {
  const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[role=tab]')]);
  /** @param {HTMLElement} chosen */
  const choose = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '');
      if (panel) panel.hidden = !isChosen;
    }
    document.dispatchEvent(new CustomEvent('tab', { detail: chosen.id }));
  };
  for (const tab of tabs) {
    tab.addEventListener('click', () => {
      choose(tab);
      history.replaceState(null, '', tab.id === 'tab-page' ? location.pathname : `#${tab.id.slice(4)}`);
    });
    tab.addEventListener('keydown', (event) => {
      const at = tabs.indexOf(tab);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
  }
  const wanted = tabs.find((tab) => tab.id === `tab-${location.hash.slice(1)}`);
  if (wanted) choose(wanted);
}

/** @param {'page' | 'batch' | 'how' | 'speed'} name */
export function openTab(name) {
  document.getElementById(`tab-${name}`)?.click();
}
