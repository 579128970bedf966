/** @import { Values } from './main.js' */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { finished } from 'node:stream/promises';

import { linesOf } from '../edge/lines.js';
import { refineOptions } from '../refine_options.js';
import { Crew } from './crew.js';
import { Progress } from './progress.js';
import { numberOption, wholeOption } from './usage.js';

/** Most bytes of a line. */
const MAX_LINE_BYTES = 2 ** 26;

/**
 * `prox-wasm refine`: records in, answers out, in order. A bad one gets an error in its place, and the exit status is 1.
 * @param {string} path
 * @param {Values} values
 * @returns {Promise<number>}
 */
export async function refineFile(path, values) {
  const options = refineOptions({
    level: values.level,
    threshold: numberOption('threshold', values.threshold),
    docThreshold: numberOption('doc-threshold', values['doc-threshold']),
    normalize: !values['no-normalize'],
    normalizeThreshold: numberOption('normalize-threshold', values['normalize-threshold']),
  });
  const jobs = wholeOption('jobs', values.jobs, availableParallelism());
  const total = path === '-' ? null : (await stat(path)).size;
  const input = path === '-' ? process.stdin : createReadStream(path);
  const toFile = values.output !== undefined && values.output !== '-';
  const output = toFile ? createWriteStream(values.output) : process.stdout;
  const progress = new Progress(total, values.progress ?? process.stderr.isTTY);
  const fields = values.fields?.split(',') ?? null;
  const crew = new Crew(jobs, { options, fields, model: values.model, maxBytes: MAX_LINE_BYTES });
  // What goes wrong with the output comes at any time.
  const broken = once(output, 'error').then(([error]) => Promise.reject(error));
  broken.catch(() => {});

  /** Lines at work, in order. @type {Promise<{ line: string, failed: boolean } | null>[]} */
  const waiting = [];
  let bad = 0;
  const write = async () => {
    const answer = await Promise.race([/** @type {(typeof waiting)[0]} */ (waiting.shift()), broken]);
    if (!answer) return;
    bad += Number(answer.failed);
    progress.document();
    if (!output.write(answer.line)) await Promise.race([once(output, 'drain'), broken]);
  };
  try {
    for await (const line of linesOf(progress.counted(input), MAX_LINE_BYTES)) {
      const answer = crew.answer(line);
      answer.catch(() => {});
      waiting.push(answer);
      if (waiting.length >= 4 * jobs) await write();
    }
    while (waiting.length > 0) await write();
    if (toFile) {
      output.end();
      await finished(output);
    }
  } finally {
    await crew.dismiss();
    progress.end();
  }
  if (bad === 0) return 0;
  process.stderr.write(`prox-wasm: ${bad} bad input line${bad === 1 ? '' : 's'}, each with an "error" in its place\n`);
  return 1;
}
