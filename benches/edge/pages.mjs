// Invented pages, the same ones each time: menus, an article, comments, a footer.
import { random } from '../../tests/js/support/random.mjs';

const WORDS =
  'the a of and in to is was that it for on with as by at from river valley mill water stone bridge winter letter market garden people year day house road school music paper window morning'.split(
    ' ',
  );
const MENU = [
  'Home',
  'About us',
  'Contact',
  'Log in',
  'Share on Facebook',
  'Read more »',
  'Privacy policy',
  'Older posts',
  'Tags: news',
];

/** Lines of a page of the median size. */
export const MEDIAN_LINES = 167;

/**
 * @param {number} seed
 * @param {number} [lines]
 * @returns {string}
 */
export function page(seed, lines = MEDIAN_LINES) {
  const { below, list, next, pick } = random(seed);
  const sentence = () => {
    const words = list(6 + below(14), () => pick(WORDS)).join(' ');
    return `${words[0].toUpperCase()}${words.slice(1)}.`;
  };
  const line = (/** @type {number} */ at) => {
    const isFrame = at < lines * 0.3 || at > lines * 0.8;
    if (next() < (isFrame ? 0.9 : 0.2)) return `${pick(MENU)} ${below(100)}`;
    return list(1 + below(3), sentence).join(' ');
  };
  return list(lines, () => 0)
    .map((_, at) => line(at))
    .join('\n');
}
