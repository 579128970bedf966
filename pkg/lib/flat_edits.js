import { badArgument, checkArray, checkObject, checkRange, checkString } from './check.js';
import { EDIT_OPERATIONS, OPERATIONS, joined } from './wire.js';

/** Says that a normalisation has no scope. */
const NONE = 2 ** 32 - 1;

/**
 * Edits as the Rust side takes them: operation, first and last line, first and last line of the scope, lengths of source
 * and target for each. All else that an edit holds follows from the text.
 * @param {unknown} edits
 * @returns {{ numbers: Uint32Array, strings: string }}
 */
export function flatEdits(edits) {
  checkArray('edits', edits);
  const numbers = new Uint32Array(7 * edits.length);
  /** @type {string[]} */
  const strings = [];
  for (let index = 0; index < edits.length; index++) {
    const name = `edits[${index}]`;
    const { op, lines, source, target, scope } = checkObject(name, edits[index]);
    if (!EDIT_OPERATIONS.includes(op)) throw badArgument(`${name}.op`, `one of ${EDIT_OPERATIONS.join(', ')}`, op);
    const range = op === 'drop_doc' ? [0, 0] : checkRange(`${name}.lines`, lines, NONE - 1);
    const within = op !== 'normalize' || scope === undefined ? [NONE, NONE] : checkRange(`${name}.scope`, scope, NONE - 1);
    numbers.set([/** @type {number} */ (OPERATIONS.get(op)), ...range, ...within], 7 * index);
    if (op === 'normalize') {
      checkString(`${name}.source`, source);
      checkString(`${name}.target`, target);
      numbers.set([source.length, target.length], 7 * index + 5);
      strings.push(source, target);
    }
  }
  return { numbers, strings: joined(strings) };
}
