/** @import { Service } from './service.js' */
import { EdgeError } from './errors.js';
import { HTML_TYPE, JSON_TYPE } from './media.js';
import { idOf, parseRecord, stringMember } from './records.js';
import { decodeUtf8 } from './utf8.js';

/**
 * A text to refine, and what its answer has besides the result: `id` for records, and for pages as `input` the text that
 * edits and lines mean.
 * @typedef {{ text: string, more: { id?: unknown, input?: string } }} Document
 */

/**
 * @param {string} type of the body
 * @param {Uint8Array} bytes
 * @param {Service} service
 * @returns {Document}
 */
export function bodyDocument(type, bytes, service) {
  if (type === JSON_TYPE) {
    const record = parseRecord(bytes);
    const document = recordDocument(record, service);
    return { ...document, more: { id: idOf(record), ...document.more } };
  }
  const body = decodeUtf8(bytes);
  return type === HTML_TYPE ? page(body, service) : plain(body, service);
}

/**
 * @param {Record<string, unknown>} record
 * @param {Service} service
 * @returns {Document}
 */
export function recordDocument(record, service) {
  const isPage = Object.hasOwn(record, 'html');
  if (isPage && Object.hasOwn(record, 'text')) {
    throw new EdgeError('invalid-record', 'a record must have one of the members text and html, not both');
  }
  return isPage ? page(stringMember(record, 'html'), service) : plain(stringMember(record, 'text'), service);
}

/**
 * @param {string} html
 * @param {Service} service
 * @returns {Document}
 */
function page(html, service) {
  const { text } = plain(service.engine.htmlToText(html), service);
  return { text, more: { input: text } };
}

/**
 * @param {string} text
 * @param {Service} service
 * @returns {Document}
 */
function plain(text, { limits: { maxLines } }) {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0 && lines <= maxLines; at = text.indexOf('\n', at + 1)) lines++;
  if (lines > maxLines) {
    throw new EdgeError('too-many-lines', `the text has more than ${maxLines} lines`, { details: { limit: maxLines } });
  }
  return { text, more: {} };
}
