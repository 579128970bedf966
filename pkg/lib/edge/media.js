import { EdgeError } from './errors.js';

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';
export const TEXT_TYPE = 'text/plain';
export const HTML_TYPE = 'text/html';

const CHARSETS = ['utf-8', 'utf8', 'us-ascii'];

/**
 * The type of a request's body, which must be one of `known`, in UTF-8 and not compressed.
 * @param {Request} request
 * @param {readonly string[]} known
 * @returns {string}
 */
export function contentType(request, known) {
  const given = request.headers.get('content-type') ?? '';
  const { type, parameters } = mediaType(given);
  const headers = { Accept: known.join(', ') };
  if (!known.includes(type)) {
    const message = `Content-Type must be one of ${known.join(', ')}, but is ${JSON.stringify(given.slice(0, 80))}`;
    throw new EdgeError('unsupported-media-type', message, { headers });
  }
  const charset = parameters.get('charset');
  if (charset !== undefined && !CHARSETS.includes(charset)) {
    const message = `the charset must be utf-8, but is ${JSON.stringify(charset.slice(0, 80))}`;
    throw new EdgeError('unsupported-media-type', message, { headers });
  }
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const message = `Content-Encoding must be left out, but is ${JSON.stringify(encoding.slice(0, 80))}`;
    throw new EdgeError('unsupported-media-type', message, { headers: { 'Accept-Encoding': 'identity' } });
  }
  return type;
}

/**
 * Which of the types on offer the client likes best; the first where it does not say.
 * @param {Request} request
 * @param {readonly string[]} offered
 * @returns {string}
 */
export function preferredType(request, offered) {
  const ranges = (request.headers.get('accept') ?? '*/*').split(',', 20).map(mediaType);
  let best = offered[0];
  let bestQuality = 0;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > bestQuality) [best, bestQuality] = [type, quality];
  }
  return best;
}

/**
 * @param {string} type
 * @param {ReturnType<typeof mediaType>[]} ranges
 */
function qualityOf(type, ranges) {
  for (const range of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const found = ranges.find((candidate) => candidate.type === range);
    if (found) return Number(found.parameters.get('q') ?? 1) || 0;
  }
  return 0;
}

/**
 * @param {string} text
 * @returns {{ type: string, parameters: Map<string, string> }}
 */
function mediaType(text) {
  const [type, ...rest] = text.split(';', 10).map((part) => part.trim().toLowerCase());
  const parameters = new Map();
  for (const part of rest) {
    const [name, value = ''] = part.split('=', 2);
    parameters.set(name.trim(), value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return { type, parameters };
}
