import { badArgument, checkArray, checkObject, checkString, checkWhole } from './check.js';
import { OPERATIONS, joined } from './wire.js';

/** The grammar reads at most nine digits. */
const MAX_LINE = 999_999_999;

/**
 * A program as the Rust side takes it: operation and two numbers for each statement, which are first and last line or the
 * lengths of source and target.
 * @param {unknown} program what `parseProgram` gives, or its statements
 * @returns {{ numbers: Uint32Array, strings: string }}
 */
export function flatStatements(program) {
  const statements = Array.isArray(program) ? program : checkObject('program', program).statements;
  checkArray('program.statements', statements);
  const numbers = new Uint32Array(3 * statements.length);
  /** @type {string[]} */
  const strings = [];
  for (let index = 0; index < statements.length; index++) {
    const name = `statements[${index}]`;
    const { op, first, last, source, target } = checkObject(name, statements[index]);
    const number = OPERATIONS.get(op);
    if (number === undefined) throw badArgument(`${name}.op`, `one of ${[...OPERATIONS.keys()].join(', ')}`, op);
    numbers[3 * index] = number;
    if (op === 'remove_lines') {
      numbers[3 * index + 1] = checkWhole(`${name}.first`, first, MAX_LINE);
      numbers[3 * index + 2] = checkWhole(`${name}.last`, last, MAX_LINE);
    } else if (op === 'normalize') {
      checkString(`${name}.source`, source);
      checkString(`${name}.target`, target);
      numbers[3 * index + 1] = source.length;
      numbers[3 * index + 2] = target.length;
      strings.push(source, target);
    }
  }
  return { numbers, strings: joined(strings) };
}
