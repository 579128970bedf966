/**
 * What `wrangler.jsonc` binds; of R2 and queues only what is used.
 *
 * @typedef {object} Env
 * @property {{ fetch(url: string): Promise<Response> }} ASSETS
 * @property {any} [BATCHES] an R2 bucket
 * @property {{ send(body: Message): Promise<void>, sendBatch(messages: { body: Message }[]): Promise<void> }} [DOCUMENTS]
 * @property {string} [API_TOKEN]
 * @property {string} [ALLOWED_ORIGINS]
 * @property {string} [CONCURRENCY]
 */

/**
 * An object to be split into documents from a line on, in the shape of R2's own notices; or a document of it.
 *
 * @typedef {{ object: { key: string }, from?: number }} SplitMessage
 * @typedef {{ batch: string, name: string, line: number, start: number, length: number }} DocumentMessage
 * @typedef {SplitMessage | DocumentMessage} Message
 */

export {};
