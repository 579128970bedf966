import { badArgument, checkBoolean, checkOptions, checkRange, checkWhole } from './check.js';

/** As in `src/web/execution.rs`. */
const FLAGS = { official: 1, document: 2, dropShort: 4 };

/** Stands for what was left out. */
const DEFAULT = NaN;

/**
 * The options of `execute` as the Rust side takes them.
 * @param {unknown} options
 * @returns {{ flags: number, numbers: Float64Array, changes: boolean }}
 */
export function executeArguments(options) {
  const { mode = 'strict', level = 'chunk', changes = false, dropShort = false, ...given } = checkOptions(options);
  if (mode !== 'strict' && mode !== 'official') throw badArgument('mode', "'strict' or 'official'", mode);
  if (level !== 'chunk' && level !== 'doc') throw badArgument('level', "'chunk' or 'doc'", level);
  checkBoolean('changes', changes);
  checkBoolean('dropShort', dropShort);
  const { threshold1 = DEFAULT, threshold2 = DEFAULT, errorOp = DEFAULT, maxGrowthBytes = DEFAULT, scope } = given;
  for (const name of ['threshold1', 'threshold2']) {
    if (given[name] !== undefined && !Number.isFinite(given[name])) throw badArgument(name, 'a finite number', given[name]);
  }
  if (given.errorOp !== undefined) checkWhole('errorOp', errorOp);
  if (given.maxGrowthBytes !== undefined) checkWhole('maxGrowthBytes', maxGrowthBytes);
  const [first, last] = scope === undefined ? [DEFAULT, DEFAULT] : checkRange('scope', scope);
  return {
    flags:
      (mode === 'official' ? FLAGS.official : 0) |
      (level === 'doc' ? FLAGS.document : 0) |
      (dropShort ? FLAGS.dropShort : 0),
    numbers: Float64Array.of(threshold1, threshold2, errorOp, maxGrowthBytes, first, last),
    changes,
  };
}

/**
 * What `undo` takes besides the edits.
 * @param {number} count of edits
 * @param {any} which
 * @param {unknown} options
 * @returns {{ undone: Uint32Array, changes: boolean }}
 */
export function undoArguments(count, which, options) {
  if (typeof which === 'string' || typeof Object(which)[Symbol.iterator] !== 'function') {
    throw badArgument('which', 'an iterable of numbers of edits', which);
  }
  const undone = new Set();
  for (const index of which) {
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      const wanted = count ? `from 0 to ${count - 1}` : 'missing: there are no edits';
      throw badArgument(`which, the number of an edit,`, wanted, index);
    }
    undone.add(index);
  }
  const { changes = false } = checkOptions(options);
  checkBoolean('changes', changes);
  return { undone: Uint32Array.from(undone), changes };
}
