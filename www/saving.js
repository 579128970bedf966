import { tell } from './status.js';

/** @param {string} text @param {string} what */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    tell(`Copied: ${what}.`);
  } catch {
    tell('The browser does not let this page copy; select the text and copy it by hand.', true);
  }
}

/**
 * Hands a file to the user.
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the download has begun by then, or never will
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  tell(`Saved as ${name}.`);
}
