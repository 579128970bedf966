import { RefineError } from './errors.js';

/** The operations as the Rust side numbers them in `src/web/wire.rs`. @type {Map<unknown, number>} */
export const OPERATIONS = new Map(
  ['drop_doc', 'keep_doc', 'keep_chunk', 'remove_lines', 'normalize'].map((op, number) => [op, number]),
);

/** Operations that an edit can have. */
export const EDIT_OPERATIONS = ['drop_doc', 'remove_lines', 'normalize'];

/**
 * Strings as one, each with a newline after it; their lengths go apart. The newlines keep surrogates apart.
 * @param {readonly string[]} strings
 */
export function joined(strings) {
  return strings.map((string) => `${string}\n`).join('');
}

/**
 * What the Rust side answers; after `!` comes why there is no answer.
 * @param {string} answer
 * @returns {string}
 */
export function answered(answer) {
  if (answer.startsWith('!')) throw new RefineError('invalid-argument', answer.slice(1));
  return answer;
}
