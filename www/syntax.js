import { make } from './dom.js';

const TOKENS = /("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|(#[^\n]*)|(\b\d+\b)|([A-Za-z_]\w*)(?=\s*\()|([A-Za-z_]\w*)(?=\s*=)/g;
const CLASSES = ['string', 'comment', 'number', 'call', 'name'];

/**
 * A program in colours; its text is unchanged.
 * @param {string} program
 * @returns {DocumentFragment}
 */
export function coloured(program) {
  const out = document.createDocumentFragment();
  let done = 0;
  for (const match of program.matchAll(TOKENS)) {
    const kind = match.slice(1).findIndex((part) => part !== undefined);
    out.append(program.slice(done, match.index), make('span', { class: `t-${CLASSES[kind]}` }, match[0]));
    done = match.index + match[0].length;
  }
  out.append(program.slice(done));
  return out;
}
