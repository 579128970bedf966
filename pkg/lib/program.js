/** @import { ExecuteOptions, Execution, ParsedProgram } from '../index.js' */
import { badArgument, checkOptions, checkString } from './check.js';
import { inWasm } from './wasm.js';


/**
 * @param {string} text
 * @param {string} program
 * @param {ExecuteOptions} [options]
 * @returns {Execution}
 */
export function execute(text, program, options) {
  checkString('text', text);
  checkString('program', program);
  const wanted = checkOptions(options);
  const { mode = 'strict', level = 'chunk' } = wanted;
  if (mode !== 'strict' && mode !== 'official') throw badArgument('mode', "'strict' or 'official'", mode);
  if (level !== 'chunk' && level !== 'doc') throw badArgument('level', "'chunk' or 'doc'", level);
  const { threshold1, threshold2, errorOp } = wanted;
  for (const [name, value] of Object.entries({ threshold1, threshold2 })) {
    if (value !== undefined && !Number.isFinite(value)) throw badArgument(name, 'a finite number', value);
  }
  if (errorOp !== undefined && !(Number.isInteger(errorOp) && errorOp >= 0 && errorOp < 2 ** 32)) {
    throw badArgument('errorOp', 'a whole number from 0', errorOp);
  }
  return inWasm((wasm) => wasm.execute(text, program, { mode, level, threshold1, threshold2, errorOp }));
}

/**
 * @param {string} program
 * @returns {ParsedProgram}
 */
export function parseProgram(program) {
  checkString('program', program);
  return inWasm((wasm) => wasm.parseProgram(program));
}

/**
 * @param {string} html
 * @returns {string}
 */
export function htmlToText(html) {
  checkString('html', html);
  return inWasm((wasm) => wasm.htmlToText(html));
}
