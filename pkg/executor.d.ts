// Language and executor: the whole of `prox-wasm/executor`, and a part of `prox-wasm`.
//
// Everything here is synchronous and throws `RefineError`: `invalid-argument` for arguments that make no sense (a message
// names them), `not-ready` before `init` has run in runtimes that need it. Lines count from 0. Offsets and lengths count
// UTF-16 units, as `text.slice` takes them. A lone surrogate in a text is read as U+FFFD.

/**
 * What went wrong; the codes are stable.
 *
 * - `aborted`: the caller's signal, or an exception in the caller's `onEvent`
 * - `disposed`: the refiner was disposed of, before or meanwhile
 * - `integrity`: what was downloaded has another SHA-256 than it should
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
  | 'integrity'
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

/** Options of {@link init}. */
export interface InitOptions {
  /** The first source used in a thread stays; later ones are ignored. */
  wasm?: WasmSource;
}

/** First and last line of a range, 0-based, inclusive. */
export type LineRange = [first: number, last: number];

/** Start and end in a text in UTF-16 units, as `text.slice` takes them. */
export type Span = [start: number, end: number];

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
  /** The lines its program may touch; missing where these are all. */
  scope?: LineRange;
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

/** Replaces a part of a text. A list of them is in order, and they do not overlap. */
export interface Change {
  /** The part of the original, end exclusive. */
  span: Span;
  /** What stands there in the original. */
  before: string;
  /** What takes its place. */
  after: string;
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
  /** Strict mode: the lines the program may touch, those of the chunk it was written for; all if left out. */
  scope?: LineRange;
  /** How many bytes of UTF-8 longer than the original the text may become; 16 MiB if left out. */
  maxGrowthBytes?: number;
  /** Strict mode: drops documents that end up with ten words or fewer; false if left out. */
  dropShort?: boolean;
  /** Whether the result has `changes`; false if left out, because they take time. */
  changes?: boolean;
}

/** Why a document was dropped: `program` and `undo` say so, or what is left is too little, too short or nothing. */
export type DropReason = 'program' | 'too-little-left' | 'too-short' | 'empty';

/** What came of a program. */
export interface Execution {
  /** The refined text; empty where the document is dropped. */
  text: string;
  kept: boolean;
  /** Errors in the program. */
  errors: number;
  /**
   * Removed lines. Strict mode: merged and in order. Official mode: the list the official code builds, which may hold
   * reversed ranges and numbers of any size.
   */
  removed: LineRange[];
  edits: Edit[];
  diagnostics: Diagnostic[];
  /** Null where the document is kept. */
  dropReason: DropReason | null;
  /** Only where the options ask for it: the way to the refined text; none where the document is dropped. */
  changes?: Change[];
}

/** One statement of a program. */
export type StatementInput =
  | { op: 'remove_lines'; first: number; last: number }
  | { op: 'normalize'; source: string; target: string }
  | { op: 'drop_doc' | 'keep_doc' | 'keep_chunk' };

/** One statement of a program with its place in it, from 1. */
export type Statement = { line: number; column: number } & StatementInput;

/** A program as it was read. */
export interface ParsedProgram {
  statements: Statement[];
  diagnostics: Diagnostic[];
}

/** Options of {@link undo}. */
export interface UndoOptions {
  /** Whether the result has `changes`; false if left out. */
  changes?: boolean;
}

/** Options of {@link unifiedDiff}. */
export interface DiffOptions {
  /** Name of the original; `original` if left out. */
  from?: string;
  /** Name of the refined text; `refined` if left out. */
  to?: string;
  /** Unchanged lines shown around changed ones; 3 if left out. */
  context?: number;
}

/** An operation of a JSON Patch (RFC 6902) on the array of a text's lines, `text.split('\n')`. */
export type PatchOperation =
  | { op: 'test' | 'replace'; path: string; value: string }
  | { op: 'remove'; path: string };

interface ChunkLimits {
  /** Most tokens of a chunk; 1500 if left out, as in the official code. */
  maxTokens?: number;
  /** Least digits of a line number; 3 if left out. */
  digits?: number;
}

/** Options of {@link packChunks}: limits, and one of two ways to say how many tokens a line has. */
export type ChunkOptions = ChunkLimits &
  (
    | {
        /** Tokens of each line with its number, begin-of-sequence token included; one entry a line. */
        lineTokens: readonly number[] | Uint32Array;
        countTokens?: undefined;
      }
    | {
        /** Counts the tokens of a numbered line such as `[012]words`, begin-of-sequence token included. */
        countTokens: (numberedLine: string) => number;
        lineTokens?: undefined;
      }
  );

/** Lines that go to a model together. */
export interface PackedChunk {
  lines: LineRange;
  /** The sum over its lines. */
  tokens: number;
  /** The chunk is a single line over `maxTokens`: no model should see it, and its program is empty. */
  overLimit: boolean;
  /** What a chunk model reads: the numbered lines. */
  text: string;
}

/**
 * Makes WebAssembly ready in this thread, once: the first source stays. Node, Deno and Bun need it only for another wasm
 * file than the bundled one; where wasm comes as an imported module, give that: `await init({ wasm: module })`.
 */
export function init(options?: InitOptions): Promise<void>;

/** Applies a program to a text. In strict mode a bad program is no error: its diagnostics say what is wrong. */
export function execute(text: string, program: string, options?: ExecuteOptions): Execution;

/** Reads a program by the strict grammar without applying it. */
export function parseProgram(program: string): ParsedProgram;

/**
 * The canonical text of a program, one statement a line; {@link parseProgram} reads it back to the same statements. Line
 * numbers are whole numbers from 0 to 999999999.
 */
export function printProgram(program: ParsedProgram | readonly StatementInput[]): string;

/**
 * What `edits`, all those of an execution or a refining, make of `text` without some of them.
 *
 * `which` are the places of the undone ones in `edits`. To undo more, or to take an undo back, call it again with the
 * same `edits` and other places: none gives the execution itself. Edits keep their `statement` and `confidence`; their
 * `span`, `before`, `after` and `count` are not read but made anew. Thresholds are not looked at again.
 */
export function undo(text: string, edits: readonly Edit[], which: Iterable<number>, options?: UndoOptions): Execution;

/** What `edits` change in `text` as a unified diff, which `patch` and `git apply` take; empty where that is nothing. */
export function unifiedDiff(text: string, edits: readonly Edit[], options?: DiffOptions): string;

/**
 * What `edits` change in `text` as a JSON Patch for `text.split('\n')`, whose lines joined by `\n` are the refined text.
 * Each line is tested before it is touched, so that the patch fails on another text.
 */
export function jsonPatch(text: string, edits: readonly Edit[]): PatchOperation[];

/** Applies changes to the text they are for; `invalid-argument` where they do not fit it. Needs no `init`. */
export function applyChanges(text: string, changes: readonly Change[]): string;

/** The changes that lead from the refined text back to the original. Needs no `init`. */
export function invertChanges(changes: readonly Change[]): Change[];

/** Where a place of the original stands in the refined text; within a replaced part, its start. Needs no `init`. */
export function toRefined(changes: readonly Change[], offset: number): number;

/** Where a place of the refined text stands in the original; within a replaced part, its start. Needs no `init`. */
export function toOriginal(changes: readonly Change[], offset: number): number;

/** Packs the lines of a text into chunks for a model, as the official code does. */
export function packChunks(text: string, options: ChunkOptions): PackedChunk[];
