/** @import { Edit, Execution } from '../executor.js' */

/**
 * The result of an execution from what the Rust side answers.
 * @param {string} text the original
 * @param {string} answer a line of JSON, and after it the refined text
 * @param {readonly Edit[]} [given] the edits that were asked for, whose places the edits done name as their statements
 * @returns {Execution}
 */
export function executionOf(text, answer, given) {
  const cut = answer.indexOf('\n');
  /** @type {Execution} */
  const execution = { text: answer.slice(cut + 1), ...JSON.parse(answer.slice(0, cut)) };
  for (const edit of execution.edits) {
    const isNormalize = edit.op === 'normalize';
    edit.before = isNormalize ? edit.source : text.slice(...edit.span);
    edit.after = isNormalize ? edit.target : '';
    if (given && edit.statement !== undefined) {
      const { statement, confidence } = given[edit.statement];
      delete edit.statement;
      if (statement !== undefined) edit.statement = statement;
      if (confidence !== undefined) edit.confidence = confidence;
    }
  }
  for (const change of execution.changes ?? []) change.before = text.slice(...change.span);
  return execution;
}
