/** @import { Change, Edit, Execution, LineEvidence, RefineResult } from '../pkg/index.js' */
import { parseProgram, printProgram, undo } from '../pkg/index.js';

/**
 * What the page shows of a refined text: the edits, which of them are undone, and what became of each line.
 *
 * @typedef {object} Place a place within a line that is normalised, or would be
 * @property {number} start within the line
 * @property {number} end
 * @property {string} after
 * @property {number} edit its place among the edits; -1 where that is unclear
 * @property {boolean} undone
 *
 * @typedef {object} View
 * @property {string} original
 * @property {string[]} lines of the original
 * @property {Edit[]} edits
 * @property {Set<number>} undone places in `edits`
 * @property {Execution} now
 * @property {Int32Array} editOf for each line the edit that removes it, or would; -1 for none
 * @property {Map<number, Place[]>} places by line
 * @property {(number | null)[]} keep the model's verdict on each line, where it gave one
 * @property {(LineEvidence | null)[] | null} [evidence] what speaks for each line, as soon as it is there
 * @property {number | null} document
 * @property {{ text: string, edits: number[] }[]} statements
 * @property {RefineResult | null} result what the model said; null for a program by hand
 */

/**
 * @param {string} original
 * @param {Edit[]} edits
 * @param {string} program
 * @param {ReadonlySet<string>} undoneKeys
 * @param {RefineResult | null} result
 * @returns {View}
 */
export function viewOf(original, edits, program, undoneKeys, result) {
  const lines = original.split('\n');
  const undone = new Set([...edits.keys()].filter((index) => undoneKeys.has(keyOf(edits[index]))));
  const now = undo(original, edits, undone, { changes: true });
  const before = undone.size > 0 ? undo(original, edits, [], { changes: true }) : now;
  const editOf = new Int32Array(lines.length).fill(-1);
  edits.forEach((edit, index) => {
    if (edit.op === 'drop_doc') editOf.fill(index);
    if (edit.op === 'remove_lines') editOf.fill(index, edit.lines[0], edit.lines[1] + 1);
  });
  return {
    original,
    lines,
    edits,
    undone,
    now,
    editOf,
    places: placesByLine(lines, edits, undone, [now.changes ?? [], before.changes ?? []]),
    keep: result ? result.lines.map(({ keep }) => keep) : lines.map(() => null),
    document: result ? result.document.keep : null,
    statements: statementsOf(program, edits),
    result,
  };
}

/** What an edit is about, which stays while thresholds change. @param {Edit} edit */
export function keyOf(edit) {
  if (edit.op === 'normalize') return `normalize ${edit.source}`;
  return edit.op === 'remove_lines' ? `remove_lines ${edit.lines}` : edit.op;
}

/**
 * @param {string[]} lines
 * @param {Edit[]} edits
 * @param {Set<number>} undone
 * @param {[Change[], Change[]]} changes as they are, and as they would be without undoing
 */
function placesByLine(lines, edits, undone, [now, before]) {
  /** @type {Map<string, number>} */
  const bySource = new Map();
  edits.forEach((edit, index) => edit.op === 'normalize' && bySource.set(edit.source, index));
  /** @type {Map<number, Place[]>} */
  const places = new Map();
  if (bySource.size === 0) return places;
  /** @param {Change[]} changes @param {(edit: number) => boolean} wanted */
  const collect = (changes, wanted) => {
    let line = 0;
    let at = 0;
    for (const { span, before, after } of changes) {
      while (line < lines.length - 1 && span[0] > at + lines[line].length) at += lines[line++].length + 1;
      // What goes on beyond its line is no normalisation but lines removed.
      if (span[1] > at + lines[line].length) continue;
      let start = span[0] - at;
      for (const part of parted(before, after, bySource, edits)) {
        const end = start + part.before.length;
        if (wanted(part.edit)) {
          const place = { start, end, after: part.after, edit: part.edit, undone: undone.has(part.edit) };
          places.set(line, [...(places.get(line) ?? []), place]);
        }
        start = end;
      }
    }
  };
  collect(now, () => true);
  if (undone.size > 0) {
    collect(before, (edit) => undone.has(edit));
    for (const here of places.values()) here.sort((a, b) => a.start - b.start);
  }
  return places;
}

/**
 * A change and the normalisations it is made of: those that touch each other come as one. None where it is no normalisation.
 * @param {string} before
 * @param {string} after
 * @param {Map<string, number>} bySource
 * @param {Edit[]} edits
 * @returns {{ before: string, after: string, edit: number }[]}
 */
function parted(before, after, bySource, edits) {
  const whole = bySource.get(before);
  if (whole !== undefined) return [{ before, after, edit: whole }];
  const parts = [];
  let at = 0;
  while (at < before.length) {
    const source = [...bySource.keys()].find((source) => before.startsWith(source, at));
    if (source === undefined) break;
    const edit = /** @type {number} */ (bySource.get(source));
    parts.push({ before: source, after: /** @type {any} */ (edits[edit]).target, edit });
    at += source.length;
  }
  if (at === before.length && parts.map((part) => part.after).join('') === after) return parts;
  return after === '' ? [] : [{ before, after, edit: -1 }];
}

/**
 * @param {string} program
 * @param {Edit[]} edits
 */
function statementsOf(program, edits) {
  /** @type {Map<number, number[]>} */
  const byStatement = new Map();
  edits.forEach(({ statement }, index) => {
    if (statement !== undefined) byStatement.set(statement, [...(byStatement.get(statement) ?? []), index]);
  });
  const { statements } = parseProgram(program);
  return statements.map((statement, index) => ({
    text: printProgram([statement]).trimEnd(),
    edits: byStatement.get(index) ?? [],
  }));
}

/** The program of the edits that stand. @param {View} view */
export function programOf({ statements, undone }) {
  const standing = statements.filter(({ edits }) => edits.length === 0 || edits.some((edit) => !undone.has(edit)));
  return standing.map(({ text }) => text).join('\n');
}

/** Whether a line is gone. @param {View} view @param {number} line */
export function isGone({ editOf, undone, now }, line) {
  return !now.kept || (editOf[line] !== -1 && !undone.has(editOf[line]));
}
