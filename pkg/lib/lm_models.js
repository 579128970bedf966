/** @import { Platform } from './platform.js' */
/** @import { ModelBytes } from './model_bytes.js' */
import { badArgument } from './check.js';
import { loadingBytes } from './budget.js';
import { readModel } from './model_bytes.js';

const STAGES = /** @type {const} */ (['document', 'chunk']);

/** Where a GGUF file names its architecture: with its first keys. */
const HEAD_BYTES = 1 << 16;
const KEY = 'general.architecture';
/** After a key stand its type, four bytes, and the length of the string, eight. */
const BEFORE_VALUE = 12;

/**
 * Whether the bytes are those of a GGUF file with a language model, which writes programs, and not of one that gives verdicts.
 * @param {Uint8Array} bytes
 */
function writesPrograms(bytes) {
  const head = String.fromCharCode(...bytes.subarray(0, 4));
  const text = head === 'GGUF' ? new TextDecoder('latin1').decode(bytes.subarray(0, HEAD_BYTES)) : '';
  const at = text.indexOf(KEY);
  return at >= 0 && text.startsWith('\u0005\0\0\0\0\0\0\0llama', at + KEY.length + BEFORE_VALUE - 8);
}

/**
 * Whether they are language models: asked for by stage, or seen to be.
 * @param {ModelBytes[]} models
 */
export function areLanguageModels(models) {
  return models.some(({ stage, bytes }) => stage !== undefined || writesPrograms(bytes));
}

/**
 * Reads what `Refiner.load` takes as a model: one source, or one for each stage.
 * @param {unknown} source
 * @param {Platform} platform
 * @param {Parameters<typeof readModel>[2]} how
 * @returns {Promise<ModelBytes[]>}
 */
export async function readModels(source, platform, how) {
  const stages = stagesOf(source);
  if (!stages) return [await readModel(source, platform, how)];
  if (how.asked) throw badArgument('sha256', 'left out for models by stage, whose manifests may name it', how.sha256);
  /** @type {ModelBytes[]} */
  const models = [];
  let before = 0;
  for (const [stage, each] of stages) {
    const last = models.length + 1 === stages.length;
    const model = await readModel(each, platform, {
      ...how,
      budget: how.budget === undefined ? undefined : how.budget - (before && loadingBytes(before)),
      report: (loaded, total) => how.report(before + loaded, last && total !== null ? before + total : null),
    });
    models.push({ ...model, stage });
    before += model.bytes.length;
  }
  return models;
}

/**
 * @param {unknown} source
 * @returns {[stage: ModelBytes['stage'], source: unknown][] | null} null where it is a single source
 */
function stagesOf(source) {
  if (Object.prototype.toString.call(source) !== '[object Object]') return null;
  const given = /** @type {Record<string, unknown>} */ (source);
  const unknown = Object.keys(given).find((key) => !(/** @type {readonly string[]} */ (STAGES).includes(key)));
  const stages = STAGES.filter((stage) => given[stage] !== undefined);
  if (unknown !== undefined || stages.length === 0) {
    throw badArgument('model', 'one source, or an object with `document`, `chunk` or both', Object.keys(given).join(', '));
  }
  return stages.map((stage) => [stage, given[stage]]);
}
