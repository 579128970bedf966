/** A longer line than this is no document but a mistake; it is told and passed over. */
const MOST_CHARACTERS = 32 * 2 ** 20;

/**
 * A line of a JSONL file: a text to refine, or why there is none.
 * @typedef {{ id: string | number | null, text: string, error?: undefined }
 *   | { id: string | number | null, text?: undefined, error: { code: string, message: string } }} Record
 */

/**
 * Reads a JSONL file piece by piece: memory holds one line and one piece.
 * @param {Blob} file
 * @param {(bytes: number) => void} report bytes of it that were given out, roughly
 * @returns {AsyncGenerator<Record, void, void>}
 */
export async function* readRecords(file, report) {
  let number = 0;
  for await (const line of readLines(file, report)) {
    number++;
    if (line === null) {
      yield { id: null, error: { code: 'invalid-json', message: `line ${number} has more than ${MOST_CHARACTERS} characters` } };
    } else if (line.trim() !== '') {
      yield recordOf(line, number);
    }
  }
}

/**
 * @param {string} line
 * @param {number} number from 1
 * @returns {Record}
 */
function recordOf(line, number) {
  let id = null;
  try {
    const value = JSON.parse(line);
    const given = Object(value).id;
    if (typeof given === 'string' || typeof given === 'number') id = given;
    if (typeof Object(value).text === 'string') return { id, text: value.text };
    return { id, error: { code: 'invalid-json', message: `line ${number} has no string "text"` } };
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return { id, error: { code: 'invalid-json', message: `line ${number} is no JSON: ${message}` } };
  }
}

/**
 * The lines of a file; null for one that is too long.
 * @param {Blob} file
 * @param {(bytes: number) => void} report
 * @returns {AsyncGenerator<string | null, void, void>}
 */
async function* readLines(file, report) {
  const reader = file.stream().getReader();
  const decoder = new TextDecoder();
  let [rest, bytes, tooLong] = ['', 0, false];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const read = value?.length ?? 0;
      const parts = (rest + decoder.decode(value, { stream: !done })).split('\n');
      rest = parts.pop() ?? '';
      for (const [index, part] of parts.entries()) {
        yield tooLong ? null : part;
        tooLong = false;
        report(bytes + (read * (index + 1)) / parts.length);
      }
      bytes += read;
      if (rest.length > MOST_CHARACTERS) [rest, tooLong] = ['', true];
      if (done) break;
    }
    if (tooLong) yield null;
    else if (rest !== '') yield rest;
  } finally {
    await reader.cancel();
  }
}
