/** @import { LineEvidence } from '../pkg/index.js' */
import { counted } from './words.js';

/** Evidence under this much either way is none worth telling, in log-odds. */
const WORTH_TELLING = 0.5;
const MOST_WORDS = 2;
const MOST_REASONS = 2;

/**
 * What speaks against a line, for people.
 * @param {LineEvidence} evidence
 */
export function against({ words, telling, around, inMainText, times }) {
  const reasons = [];
  const named = telling.filter(({ adds }) => adds < 0).slice(0, MOST_WORDS);
  if (words < -WORTH_TELLING) reasons.push(named.length > 0 ? `words like ${named.map(({ word }) => `“${word}”`).join(', ')}` : 'its words');
  if (times > 1) reasons.push(`stands here ${counted(times, 'time')}`);
  if (around < -WORTH_TELLING) reasons.push('the lines around it');
  if (!inMainText) reasons.push('outside the main text');
  return reasons.length > 0 ? reasons.slice(0, MOST_REASONS).join(' · ') : 'the page as a whole';
}
