/** Texts to try, the noisy article about ProX first. */
export const EXAMPLES = [
  { name: 'An article', file: 'example.txt' },
  { name: 'A recipe', file: 'examples/recipe.txt' },
  { name: 'A forum thread', file: 'examples/forum.txt' },
  { name: 'An encyclopedia', file: 'examples/encyclopedia.txt' },
  { name: 'A news page in HTML', file: 'examples/news.html' },
  { name: 'A shop', file: 'examples/shop.txt' },
];

/** @param {string} file @param {AbortSignal} [signal] */
export async function readExample(file, signal) {
  const response = await fetch(file, signal ? { signal } : {});
  if (!response.ok) throw new Error(`the example could not be loaded: HTTP status ${response.status}`);
  return response.text();
}
