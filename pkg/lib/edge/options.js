/** @import { HandlerOptions } from '../../edge.js' */
import { badArgument, checkFunction, checkObject, checkWhole } from '../check.js';
import { isBlob, isBytes, isModule, isUrl } from '../kind.js';
import { checkBudget } from '../refine_options.js';

const MiB = 2 ** 20;

/**
 * How much a request may bring.
 * @typedef {{ maxBodyBytes: number, maxStreamBytes: number, maxLines: number }} Limits
 */

/**
 * The options of `createHandler`, checked and complete.
 * @param {unknown} given
 */
export function handlerOptions(given) {
  /** @type {HandlerOptions} */
  const options = checkObject('options', given);
  const { wasm, model, token = [], cors = [], basePath = '', memoryBudget, onError } = options;
  if (!isModule(wasm)) throw badArgument('wasm', 'a WebAssembly.Module, which edge runtimes import', wasm);
  if (model !== undefined && typeof model !== 'function' && !isUrl(model) && !isBytes(model) && !isBlob(model)) {
    throw badArgument(
      'model',
      'a URL, bytes, a Blob, or a function that gives one of these, a Response or a stream',
      model,
    );
  }
  const tokens = typeof token === 'string' ? [token] : token;
  // An empty token would let everybody in.
  if (!isStrings(tokens) || tokens.includes('')) throw badArgument('token', 'a string or strings, none empty', token);
  if (cors !== '*' && !isStrings(cors)) throw badArgument('cors', "'*' or a list of origins", cors);
  if (typeof basePath !== 'string' || !/^(\/[^/?#]+)*$/.test(basePath)) {
    throw badArgument('basePath', 'a path that begins with a slash and ends without one', basePath);
  }
  checkBudget(memoryBudget);
  checkFunction('onError', onError);
  const whole = (/** @type {keyof HandlerOptions} */ name, /** @type {number} */ fallback) =>
    checkWhole(name, options[name] ?? fallback, Number.MAX_SAFE_INTEGER, 1);
  return {
    wasm,
    model,
    tokens,
    cors,
    basePath,
    memoryBudget,
    onError,
    /** @type {Limits} */
    limits: {
      maxBodyBytes: whole('maxBodyBytes', MiB),
      maxStreamBytes: whole('maxStreamBytes', 100 * MiB),
      maxLines: whole('maxLines', 20_000),
    },
    concurrency: whole('concurrency', 4),
    retryAfter: whole('retryAfter', 1),
    idleSeconds: whole('idleSeconds', 30),
    maxInstanceBytes: whole('maxInstanceBytes', 64 * MiB),
  };
}

/** @param {unknown} value @returns {value is readonly string[]} */
function isStrings(value) {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
