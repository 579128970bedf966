// The service over HTTP: `prox-wasm/edge`.

import type { Execution, RefineErrorCode, WasmModule } from './executor.js';
import type { ModelInfo, ModelSource, RefineEvent, RefineResult } from './index.js';

export { RefineError } from './executor.js';
export type { RefineErrorCode, WasmModule } from './executor.js';

/**
 * What is wrong with a request; the codes are stable. Those of {@link RefineErrorCode} come too.
 *
 * - `invalid-json`, `invalid-record`, `invalid-utf8`: 400; the last has the `offset` of the first bad byte
 * - `unauthorized`: 401
 * - `not-found`: 404
 * - `method-not-allowed`: 405
 * - `body-too-large`, `too-many-lines`: 413, with the `limit`
 * - `unsupported-media-type`: 415
 * - `too-many-requests`: 429, with `Retry-After`
 */
export type EdgeErrorCode =
  | RefineErrorCode
  | 'invalid-json'
  | 'invalid-record'
  | 'invalid-utf8'
  | 'unauthorized'
  | 'not-found'
  | 'method-not-allowed'
  | 'body-too-large'
  | 'too-many-lines'
  | 'unsupported-media-type'
  | 'too-many-requests';

/** What `error` is in an answer. */
export interface EdgeErrorBody {
  code: EdgeErrorCode;
  message: string;
  /** Of `invalid-utf8`: the byte where the first sequence that is no UTF-8 begins. */
  offset?: number;
  /** The limit that was exceeded. */
  limit?: number;
}

/** A line of an NDJSON answer in the place of a record that could not be answered. */
export interface EdgeErrorRecord {
  /** The record's own; null where it could not be read or has none. */
  id: unknown;
  /** Which line of the request it was, from 1. */
  line: number;
  error: EdgeErrorBody;
}

/** What `POST /refine` answers, in JSON or as a line of NDJSON; `?fields=text,kept` leaves out the rest. */
export interface EdgeRefined extends RefineResult {
  /** The record's own, null where it has none. Missing where the request was a text or a page. */
  id?: unknown;
  /** Where HTML was given: the text in it, whose lines and offsets the edits mean. */
  input?: string;
}

/** What `POST /execute` answers. */
export interface EdgeExecuted extends Execution {
  /** The record's own, null where it has none. */
  id: unknown;
}

/** A line of the answer to a text, a page or a record with `Accept: application/x-ndjson`. */
export type EdgeEvent = RefineEvent | { type: 'error'; error: EdgeErrorBody };

/** What `GET /healthz` answers. All but `status` is missing for those without a token where there is one. */
export interface EdgeHealth {
  status: 'ok';
  /** Null while it is not loaded: the first request loads it. */
  model?: ModelInfo | null;
  /** Requests at work. */
  busy?: number;
  /** How many may be. */
  capacity?: number;
  /** Documents refined so far in this isolate. */
  documents?: number;
  /** How often WebAssembly was started anew, after a trap or because its memory had grown too large. */
  restarts?: number;
  /** Bytes of WebAssembly memory. */
  wasmBytes?: number;
}

/** Options of {@link createHandler}. */
export interface HandlerOptions {
  /** The module of `prox-wasm/wasm/prox_wasm_bg.wasm`, which edge runtimes import. It is never compiled here. */
  wasm: WasmModule;
  /**
   * The model, `prox-wasm/model/prox-nano.gguf` or another. It is read at the first request that needs it, and again after a
   * trap, so that what can be read only once must come from a function. If left out, `/refine` answers 501.
   */
  model?: URL | string | ArrayBuffer | Uint8Array | Blob | (() => ModelSource | Promise<ModelSource>);
  /** Requests need `Authorization: Bearer` with this token, or one of these; anybody may ask if left out. */
  token?: string | readonly string[];
  /** Origins whose scripts may ask, `'*'` for all; none if left out. */
  cors?: '*' | readonly string[];
  /** What stands before `/refine` and the others in the path; nothing if left out. */
  basePath?: string;
  /** Most bytes of a text, a page, a JSON body or a line of NDJSON; 1 MiB if left out. */
  maxBodyBytes?: number;
  /** Most bytes of an NDJSON body; 100 MiB if left out. */
  maxStreamBytes?: number;
  /** Most lines of a text; 20,000 if left out. */
  maxLines?: number;
  /** How many requests may be at work, the others are answered with 429; 4 if left out. */
  concurrency?: number;
  /** Seconds after which those may try again; 1 if left out. */
  retryAfter?: number;
  /**
   * A request that has not moved for so many seconds loses its place to the next that comes when there is no other: some
   * runtimes forget requests whose client went away. 30 if left out.
   */
  idleSeconds?: number;
  /** Most bytes that loading the model may take. */
  memoryBudget?: number;
  /** WebAssembly whose memory is larger than this after a document starts anew; 64 MiB if left out. */
  maxInstanceBytes?: number;
  /** Told of errors that are not the client's fault. */
  onError?: (error: unknown) => void;
}

/** Answers a request; never rejects. */
export type EdgeHandler = (request: Request) => Promise<Response>;

/**
 * Makes a handler for `POST /refine`, `POST /execute` and `GET /healthz`. It does nothing before the first request.
 *
 * Bodies of `/refine`: `text/plain`, `text/html`, `application/json` (`{ id?, text }` or `{ id?, html }`), or
 * `application/x-ndjson` with such a record a line, answered line by line and in order as they come. The options of
 * `refine` stand in the query: `?level=chunk&threshold=0.3`. `Accept: text/plain` asks for the refined text alone,
 * `Accept: application/x-ndjson` for the events.
 *
 * Bodies of `/execute`: `application/json` (`{ id?, text, program }`), or `application/x-ndjson`.
 */
export function createHandler(options: HandlerOptions): EdgeHandler;
