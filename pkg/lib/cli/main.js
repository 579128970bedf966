import { parseArgs } from 'node:util';

import { refineFile } from './refine.js';
import { serve } from './serve.js';
import { UsageError } from './usage.js';

const USAGE = `usage:
  prox-wasm refine [IN.jsonl] [-o OUT.jsonl]   refine records {"id","text"} or {"id","html"}, one a line; - or nothing is
                                               standard input or output
      --level both|doc|chunk   --threshold X   --doc-threshold X   --no-normalize   --normalize-threshold X
      --fields text,kept,...   what the answers have besides the id; all if left out
      --jobs N                 threads; one for each core if left out
      --progress               tell the progress also where standard error is no terminal
  prox-wasm serve                              the service of prox-wasm/edge over HTTP
      --port N (8787)          --host NAME (127.0.0.1)   --concurrency N (4)
      --cors ORIGIN            may be given again; * for all
      --max-body-bytes N       the environment variable PROX_TOKEN holds the token that requests need
  both
      --model FILE             a model instead of the bundled one
`;

/** @satisfies {import('node:util').ParseArgsConfig['options']} */
const OPTIONS = /** @type {const} */ ({
  help: { type: 'boolean', short: 'h' },
  output: { type: 'string', short: 'o' },
  level: { type: 'string' },
  threshold: { type: 'string' },
  'doc-threshold': { type: 'string' },
  'no-normalize': { type: 'boolean' },
  'normalize-threshold': { type: 'string' },
  fields: { type: 'string' },
  jobs: { type: 'string' },
  progress: { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  concurrency: { type: 'string' },
  cors: { type: 'string', multiple: true },
  'max-body-bytes': { type: 'string' },
  model: { type: 'string' },
});

const COMMANDS = {
  refine: [
    'output',
    'level',
    'threshold',
    'doc-threshold',
    'no-normalize',
    'normalize-threshold',
    'fields',
    'jobs',
    'progress',
  ],
  serve: ['port', 'host', 'concurrency', 'cors', 'max-body-bytes'],
};

/** @typedef {Partial<Record<keyof typeof OPTIONS, any>>} Values */

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit status: 1 where something went wrong, 2 where the command makes no sense
 */
export async function main(args) {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const [command, ...files] = positionals;
    if (command !== 'refine' && command !== 'serve') throw new UsageError('the command must be refine or serve');
    const known = [...COMMANDS[command], 'model'];
    const stray = Object.keys(values).find((name) => !known.includes(name));
    if (stray) throw new UsageError(`${command} takes no --${stray}`);
    if (files.length > (command === 'refine' ? 1 : 0)) throw new UsageError(`too many files: ${files.join(' ')}`);
    return command === 'refine' ? await refineFile(files[0] ?? '-', values) : await serve(values);
  } catch (error) {
    const { message, code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
    // Whoever read the output has had enough.
    if (code === 'EPIPE') return 1;
    const isUsage = error instanceof UsageError || code === 'invalid-argument' || code.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`prox-wasm: ${message}\n${isUsage ? USAGE : ''}`);
    return isUsage ? 2 : 1;
  }
}
