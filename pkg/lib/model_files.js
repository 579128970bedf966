/** @import { Download } from './platform.js' */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { pathOf, unreadable } from './files.js';
import { fetchDownload } from './resume.js';

const READ_BYTES = 2 ** 20;

/**
 * @param {URL | string} place
 * @param {AbortSignal} [signal]
 * @returns {Promise<Download>}
 */
export async function openModel(place, signal) {
  const path = pathOf(place);
  if (path === null) return fetchDownload(place, signal);
  const { size } = await stat(path).catch((cause) => unreadable(path, cause));
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  return { name: path, total: size, exact: true, chunks: stream[Symbol.asyncIterator]() };
}
