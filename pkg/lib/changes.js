/** @import { Change } from '../executor.js' */
import { checkArray, checkObject, checkRange, checkString, checkWhole } from './check.js';
import { RefineError } from './errors.js';

/**
 * Applies changes to the text they are for.
 * @param {string} text
 * @param {readonly Change[]} changes
 * @returns {string}
 */
export function applyChanges(text, changes) {
  checkString('text', text);
  checkChanges(changes);
  const parts = [];
  let done = 0;
  changes.forEach(({ span: [start, end], before, after }, index) => {
    if (text.slice(start, end) !== before) {
      const message = `changes[${index}] is for another text: what stands from ${start} to ${end} is not its \`before\``;
      throw new RefineError('invalid-argument', message);
    }
    parts.push(text.slice(done, start), after);
    done = end;
  });
  parts.push(text.slice(done));
  return parts.join('');
}

/**
 * The changes that lead from the refined text back to the original.
 * @param {readonly Change[]} changes
 * @returns {Change[]}
 */
export function invertChanges(changes) {
  checkChanges(changes);
  let shift = 0;
  return changes.map(({ span: [start, end], before, after }) => {
    const from = start + shift;
    shift += after.length - (end - start);
    return { span: [from, from + after.length], before: after, after: before };
  });
}

/**
 * Where a place of the original stands in the refined text; within what was replaced, where that starts.
 * @param {readonly Change[]} changes
 * @param {number} offset
 * @returns {number}
 */
export function toRefined(changes, offset) {
  checkChanges(changes);
  checkWhole('offset', offset);
  let shift = 0;
  for (const { span: [start, end], after } of changes) {
    if (offset < end) return Math.min(offset, start) + shift;
    shift += after.length - (end - start);
  }
  return offset + shift;
}

/**
 * Where a place of the refined text stands in the original; within what was put in, where what it replaced starts.
 * @param {readonly Change[]} changes
 * @param {number} offset
 * @returns {number}
 */
export function toOriginal(changes, offset) {
  return toRefined(invertChanges(changes), offset);
}

/**
 * @param {unknown} changes
 * @returns {asserts changes is readonly Change[]}
 */
function checkChanges(changes) {
  checkArray('changes', changes);
  let done = 0;
  for (let index = 0; index < changes.length; index++) {
    const name = `changes[${index}]`;
    const { span, before, after } = checkObject(name, changes[index]);
    const [start, end] = checkRange(`${name}.span`, span);
    checkString(`${name}.before`, before);
    checkString(`${name}.after`, after);
    if (start < done) {
      throw new RefineError('invalid-argument', `${name} begins at ${start}, before ${done}, where the one before it ends`);
    }
    if (end - start !== before.length) {
      throw new RefineError('invalid-argument', `${name} spans ${end - start} units, but its \`before\` has ${before.length}`);
    }
    done = end;
  }
}
