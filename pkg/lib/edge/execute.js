/** @import { Answer } from './answer.js' */
/** @import { Service } from './service.js' */
/** @import { Lease } from './slots.js' */
import { checkLength, wholeBody } from './body.js';
import { JSON_TYPE, NDJSON_TYPE, TEXT_TYPE, contentType, preferredType } from './media.js';
import { EXECUTE_QUERY, chosen, readQuery } from './query.js';
import { answerRecords, idOf, parseRecord, stringMember } from './records.js';

/** Options that a record may have, as the command line takes them, and their names here. */
const RECORD_OPTIONS = Object.entries({
  level: 'level',
  threshold_1: 'threshold1',
  threshold_2: 'threshold2',
  error_op: 'errorOp',
});

/**
 * `POST /execute`.
 * @param {Request} request
 * @param {URL} url
 * @param {Service} service
 * @param {Lease} lease
 * @returns {Promise<Answer>}
 */
export async function executeRoute(request, url, service, lease) {
  const { engine, limits, report } = service;
  const { options, fields } = readQuery(url, EXECUTE_QUERY);
  const type = contentType(request, [JSON_TYPE, NDJSON_TYPE]);

  /** @param {Record<string, unknown>} record */
  const execution = (record) => {
    /** @type {Record<string, unknown>} */
    const own = {};
    for (const [given, name] of RECORD_OPTIONS) if (Object.hasOwn(record, given)) own[name] = record[given];
    const [text, program] = [stringMember(record, 'text'), stringMember(record, 'program')];
    // A short program can make a long text.
    return engine.execute(text, program, { maxGrowthBytes: limits.maxBodyBytes, ...options, ...own });
  };

  if (type === NDJSON_TYPE) {
    checkLength(request, limits.maxStreamBytes);
    const answer = async (/** @type {Record<string, unknown>} */ record) => chosen(execution(record), fields);
    return { type, body: answerRecords(request, limits, lease, answer, report) };
  }
  const record = parseRecord(await wholeBody(request, limits.maxBodyBytes, lease.stop));
  const done = execution(record);
  const wanted = preferredType(request, [JSON_TYPE, TEXT_TYPE]);
  const body = wanted === TEXT_TYPE ? done.text : JSON.stringify(chosen({ id: idOf(record), ...done }, fields));
  return { type: wanted, body, headers: { 'Prox-Kept': String(done.kept) } };
}
