/** @import { RefineResult, StepEvent } from '../../index.js' */
/** @import { Answer } from './answer.js' */
/** @import { Document } from './documents.js' */
/** @import { Service } from './service.js' */
/** @import { Lease } from './slots.js' */
import { refineOptions } from '../refine_options.js';
import { checkLength, wholeBody } from './body.js';
import { bodyDocument, recordDocument } from './documents.js';
import { asEdgeError } from './errors.js';
import { HTML_TYPE, JSON_TYPE, NDJSON_TYPE, TEXT_TYPE, contentType, preferredType } from './media.js';
import { REFINE_QUERY, chosen, readQuery } from './query.js';
import { answerRecords } from './records.js';

/** The steps of a document, and its result. @typedef {AsyncGenerator<StepEvent, RefineResult, void>} Steps */

const BODY_TYPES = [TEXT_TYPE, HTML_TYPE, JSON_TYPE, NDJSON_TYPE];

/**
 * `POST /refine`.
 * @param {Request} request
 * @param {URL} url
 * @param {Service} service
 * @param {Lease} lease
 * @returns {Promise<Answer>}
 */
export async function refineRoute(request, url, service, lease) {
  const { engine, limits, report } = service;
  const { stop } = lease;
  const { options: given, fields } = readQuery(url, REFINE_QUERY);
  const options = refineOptions(given);
  const type = contentType(request, BODY_TYPES);
  const refine = (/** @type {Document} */ { text }) => engine.refine(text, options, stop);

  if (type === NDJSON_TYPE) {
    checkLength(request, limits.maxStreamBytes);
    // What cannot be loaded is said by a status while there still is one.
    await engine.load(stop);
    const answer = async (/** @type {Record<string, unknown>} */ record) => {
      const document = recordDocument(record, service);
      return chosen({ ...document.more, ...(await finish(refine(document), lease)) }, fields);
    };
    return { type, body: answerRecords(request, limits, lease, answer, report) };
  }

  const document = bodyDocument(type, await wholeBody(request, limits.maxBodyBytes, stop), service);
  const wanted = preferredType(request, [JSON_TYPE, NDJSON_TYPE, TEXT_TYPE]);
  const whole = (/** @type {RefineResult} */ result) => chosen({ ...document.more, ...result }, fields);
  if (wanted === NDJSON_TYPE) {
    await engine.load(stop);
    return { type: wanted, body: eventLines(refine(document), whole, lease, report) };
  }
  const result = await finish(refine(document), lease);
  const headers = { 'Prox-Kept': String(result.kept) };
  return { type: wanted, body: wanted === TEXT_TYPE ? result.text : JSON.stringify(whole(result)), headers };
}

/**
 * @param {Steps} steps
 * @param {Lease} lease
 * @returns {Promise<RefineResult>}
 */
export async function finish(steps, lease) {
  for (;;) {
    const { done, value } = await steps.next();
    lease.touch();
    if (done) return value;
  }
}

/**
 * The events of a refining, a line each.
 * @param {Steps} steps
 * @param {(result: RefineResult) => object} whole
 * @param {Lease} lease
 * @param {(error: unknown) => void} report
 * @returns {AsyncGenerator<string, void, void>}
 */
async function* eventLines(steps, whole, { stop }, report) {
  const line = (/** @type {object} */ event) => `${JSON.stringify(event)}\n`;
  try {
    for (;;) {
      const { done, value } = await steps.next();
      if (done) {
        for (const edit of value.edits) yield line({ type: 'edit', edit });
        return yield line({ type: 'done', result: whole(value) });
      }
      yield line(value);
    }
  } catch (error) {
    stop.throwIfStopped();
    report(error);
    yield line({ type: 'error', error: asEdgeError(error) });
  } finally {
    await steps.return(/** @type {any} */ (undefined));
  }
}
