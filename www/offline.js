import { element } from './dom.js';
import { EXAMPLES } from './examples.js';

/** What no page view fetches by itself. */
const MORE = ['./', 'manifest.webmanifest', 'icons/icon.svg', 'icons/maskable.svg', ...EXAMPLES.map(({ file }) => file)];

/** Has the page kept for the time without a network. To be called when all it needs was fetched. */
export async function keepForOffline() {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('sw.js', { scope: '../' });
    const { active } = await navigator.serviceWorker.ready;
    const fetched = performance.getEntriesByType('resource').map(({ name }) => name);
    const urls = [...MORE.map((file) => new URL(file, document.baseURI).href), ...fetched];
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => {
      element('offline').textContent = data.error ? `Not kept for offline use: ${data.error}` : 'Works offline from now on.';
    };
    active?.postMessage({ type: 'keep', urls: urls.filter((url) => new URL(url).origin === location.origin) }, [channel.port2]);
  } catch {
    // The page works all the same, with a network.
    element('offline').textContent = 'This browser or server does not let the page work offline.';
  }
}
