/// <reference lib="esnext.disposable" />

/**
 * What went wrong; the codes are stable.
 *
 * - `aborted`: the caller's signal, or an exception in the caller's `onEvent`
 * - `disposed`: the refiner was disposed of, before or meanwhile
 * - `invalid-argument`: an argument makes no sense
 * - `invalid-model`: the bytes are no model, or one that this version cannot run
 * - `memory-budget`: loading would take more than `memoryBudget`; nothing was allocated
 * - `network`: something could not be fetched or read, or came with a bad HTTP status or too short
 * - `not-ready`: WebAssembly does not run yet in this thread; `await init()` first
 * - `out-of-memory`: memory was asked for and is not to be had
 * - `unsupported`: this version or this runtime cannot do it
 * - `worker`: the worker could not be started, or died
 * - `internal`: a bug of this package
 */
export type RefineErrorCode =
  | 'aborted'
  | 'disposed'
  | 'invalid-argument'
  | 'invalid-model'
  | 'memory-budget'
  | 'network'
  | 'not-ready'
  | 'out-of-memory'
  | 'unsupported'
  | 'worker'
  | 'internal';

/** What this package throws and rejects with. */
export class RefineError extends Error {
  constructor(code: RefineErrorCode, message: string, options?: { cause?: unknown });
  readonly name: 'RefineError';
  readonly code: RefineErrorCode;
  readonly cause?: unknown;
}

/** A `WebAssembly.Module`; not every project that compiles against this package has that name. */
export type WasmModule = object;

/** Where the wasm file comes from, if not from beside this package. */
export type WasmSource = URL | string | Response | ArrayBuffer | Uint8Array | WasmModule;

/** Where a model comes from. A string is a URL; in Node, Deno and Bun it may be a path. */
export type ModelSource = URL | string | Response | ReadableStream<Uint8Array> | Blob | ArrayBuffer | Uint8Array;

/** Options of {@link init}. */
export interface InitOptions {
  /** The first source used in a thread stays; later ones are ignored. */
  wasm?: WasmSource;
}

/** How far loading is. */
export interface LoadProgress {
  /** In this version only `download` (reading the model) and `verify` (checking it and taking it over) happen. */
  phase: 'download' | 'verify' | 'upload' | 'compile' | 'warmup';
  /** Bytes so far; they never go back within a phase. */
  loaded: number;
  /** Bytes in all, or null while nobody knows. */
  total: number | null;
}

/** Options of {@link Refiner.load}. */
export interface LoadOptions {
  /** The bundled prox-nano if left out. */
  model?: ModelSource;
  /** `auto` if left out. This version has the CPU backend only, and `webgpu` is refused as `unsupported`. */
  backend?: 'auto' | 'webgpu' | 'cpu';
  /** As in {@link InitOptions}. */
  wasm?: WasmSource;
  /** Most bytes that loading may take; more is refused before it is allocated. */
  memoryBudget?: number;
  /** Called with bytes while loading. An exception in it ends the loading. */
  onProgress?: (progress: LoadProgress) => void;
  /** Aborts the loading. */
  signal?: AbortSignal;
  /** Whether a worker does the work. On in browser windows; elsewhere the work is done in this thread. */
  worker?: boolean;
}

/** What runs the model. */
export interface BackendInfo {
  readonly kind: 'cpu' | 'webgpu';
  /** Why it is this one. */
  readonly reason: string;
}

/** The loaded model. */
export interface ModelInfo {
  readonly name: string;
  readonly bytes: number;
}

/** First and last line of a range, 0-based, inclusive. */
export type LineRange = [first: number, last: number];

/** Start and end in a text in UTF-16 units, as `text.slice` takes them. */
export type Span = [start: number, end: number];

/** Options of {@link Refiner.refine} and {@link Refiner.stream}. */
export interface RefineOptions {
  /** `both` stages if left out: the verdict on the document, then those on its lines. */
  level?: 'both' | 'doc' | 'chunk';
  /** How programs are applied; verdicts are always `strict`. */
  mode?: 'strict';
  /** Lines less likely to be content than this go; 0.5 if left out, 0 keeps all. */
  threshold?: number;
  /** A document less likely to be worth keeping than this goes; 0.5 if left out. */
  docThreshold?: number;
  /** Stops after the chunk in work; no event comes after that. */
  signal?: AbortSignal;
  /** Called with every event. An exception in it ends the refining, which rejects with that exception. */
  onEvent?: (event: RefineEvent) => void;
}

interface EditBase {
  /** The place in the input that the edit touches. */
  span: Span;
  /** What stood there; for a normalisation its source. */
  before: string;
  /** What stands there now. */
  after: string;
  /** Which statement of the program asked for it, from 0; missing where the executor's guard decided. */
  statement?: number;
  /** How sure the model is, 0 to 1. Programs given to {@link execute} have none. */
  confidence?: number;
}

/** The document is dropped. */
export interface DropDocEdit extends EditBase {
  op: 'drop_doc';
}

/** Lines are removed. */
export interface RemoveLinesEdit extends EditBase {
  op: 'remove_lines';
  lines: LineRange;
}

/** A string is replaced wherever it occurs in the lines that stay. */
export interface NormalizeEdit extends EditBase {
  op: 'normalize';
  lines: LineRange;
  source: string;
  target: string;
  /** How often it is replaced. */
  count: number;
}

/** One thing that a program did. */
export type Edit = DropDocEdit | RemoveLinesEdit | NormalizeEdit;

/** Something worth knowing about a program. */
export interface Diagnostic {
  severity: 'error' | 'warning' | 'info';
  /** Stable, in kebab-case. */
  code: string;
  message: string;
  /** Line of the program, from 1; 0 where all of it is meant. */
  line: number;
  /** Column in that line, from 1; 0 where all of the program is meant. */
  column: number;
  /** Which chunk's program is meant, where several were executed together. */
  chunk?: number;
}

/** Counts of a refining. */
export interface RefineStats {
  /** Lines of the input, blank ones included. */
  lines: number;
  blankLines: number;
  removedLines: number;
  /** Windows of lines the model read. */
  chunks: number;
  /** Bytes of the input in UTF-8. */
  bytesIn: number;
  /** Bytes of the refined text in UTF-8. */
  bytesOut: number;
}

/** A refined text, the program that made it, and what the model thinks. */
export interface RefineResult {
  /** The refined text; empty where the document is dropped. */
  text: string;
  /** Whether the document stays. */
  kept: boolean;
  /** The program, which {@link execute} takes. */
  program: string;
  edits: Edit[];
  /** For each line of the input the probability that it is content. */
  lines: { keep: number }[];
  /** The probability that the document is worth keeping. */
  document: { keep: number };
  diagnostics: Diagnostic[];
  stats: RefineStats;
}

/** First verdicts on some lines. */
export interface ChunkEvent {
  type: 'chunk';
  lines: LineRange;
  /** A probability a line. */
  keep: number[];
}

/** The verdict on the document. */
export interface DocumentEvent {
  type: 'document';
  keep: number;
}

/** One edit of the result. */
export interface EditEvent {
  type: 'edit';
  edit: Edit;
}

/** The last event. */
export interface DoneEvent {
  type: 'done';
  result: RefineResult;
}

/** What comes while the model works. */
export type StepEvent = ChunkEvent | DocumentEvent;

/** What a refining tells: `chunk`s and `document` while the model works, then each `edit`, then `done`. */
export type RefineEvent = StepEvent | EditEvent | DoneEvent;

/** A loaded model. Texts given to it at the same time are refined one after the other, in the order of asking. */
export class Refiner {
  private constructor();
  /** Loads a model, the bundled one unless told otherwise. */
  static load(options?: LoadOptions): Promise<Refiner>;
  /** What runs the model and why. */
  readonly backend: BackendInfo;
  readonly model: ModelInfo;
  /** Refines one text. A lone surrogate in it is read as U+FFFD. */
  refine(text: string, options?: RefineOptions): Promise<RefineResult>;
  /** Refines one text; starts at the first `next()`, and leaving the loop stops the work. */
  stream(text: string, options?: RefineOptions): AsyncGenerator<RefineEvent, void, void>;
  /** Stops what is running, with `disposed`, and frees the model. */
  dispose(): void;
  /** The same as {@link dispose}; missing where the runtime has no `Symbol.dispose`. */
  [Symbol.dispose](): void;
}

/** Options of {@link execute}. */
export interface ExecuteOptions {
  /** `strict` (if left out) or `official`, the released ProX code to the letter. */
  mode?: 'strict' | 'official';
  /** Whether the program edits lines (`chunk`, if left out) or is only a verdict on the document. */
  level?: 'chunk' | 'doc';
  /** If less than this share of the document would stay, the edits are discarded; 0 if left out. */
  threshold1?: number;
  /** If no more than 1 minus this share would stay, the document is dropped; 0.95 if left out. */
  threshold2?: number;
  /** With this many errors a program changes nothing; 2 if left out. */
  errorOp?: number;
}

/** What came of a program. */
export interface Execution {
  /** The refined text; empty where the document is dropped. */
  text: string;
  kept: boolean;
  /** Errors in the program. */
  errors: number;
  removed: LineRange[];
  edits: Edit[];
  diagnostics: Diagnostic[];
}

/** One statement of a program with its place in it, from 1. */
export type Statement = { line: number; column: number } & (
  | { op: 'remove_lines'; first: number; last: number }
  | { op: 'normalize'; source: string; target: string }
  | { op: 'drop_doc' | 'keep_doc' | 'keep_chunk' }
);

/** A program as it was read. */
export interface ParsedProgram {
  statements: Statement[];
  diagnostics: Diagnostic[];
}

/**
 * Makes {@link execute}, {@link parseProgram} and {@link htmlToText} ready in this thread, which {@link Refiner.load}
 * does too. Node, Deno and Bun need it only for another wasm file than the bundled one.
 */
export function init(options?: InitOptions): Promise<void>;

/** Applies a program to a text; needs no model. */
export function execute(text: string, program: string, options?: ExecuteOptions): Execution;

/** Reads a program without applying it. */
export function parseProgram(program: string): ParsedProgram;

/** The visible text of an HTML page, one block a line. */
export function htmlToText(html: string): string;
