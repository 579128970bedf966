/// <reference lib="esnext.disposable" />

import type { Diagnostic, Edit, LineRange, RefineError, WasmSource } from './executor.js';

// Language and executor are those of `prox-wasm/executor`.
export * from './executor.js';

/**
 * Where a model comes from. A string is a URL; in Node, Deno and Bun it may be a path. One that ends in `.json` is a manifest
 * of the files a model was cut into, `{ "files": [{ "path", "bytes", "sha256" }] }`, with paths relative to its own; each is
 * checked and kept by itself. Downloads from URLs are tried again and go on where they broke off.
 */
export type ModelSource = URL | string | Response | ReadableStream<Uint8Array> | Blob | ArrayBuffer | Uint8Array;

/** Language models that write programs, one for each stage; a stage without one is left out. */
export interface StagedModels {
  /** Judges documents. */
  document?: ModelSource;
  /** Edits the lines of a chunk. */
  chunk?: ModelSource;
}

/** How far loading is. */
export interface LoadProgress {
  /**
   * `download` (reading the model), then `verify` (checking it and taking it over); on the GPU also, between its start and its end,
   * `upload` of weights, `compile` of shaders and `warmup` (first answers, compared with the CPU's).
   */
  phase: 'download' | 'verify' | 'upload' | 'compile' | 'warmup';
  /** Bytes so far, or shaders for `compile`, answers for `warmup`; they never go back within a phase. */
  loaded: number;
  /** The same in all, or null while nobody knows. */
  total: number | null;
}

/** Options of {@link Refiner.load}. */
export interface LoadOptions {
  /**
   * The bundled prox-nano if left out. A GGUF file with a language model of the architecture `llama`, as `prox convert` makes
   * them, writes programs: alone for the stage its file names (`prox.stage`, else `chunk`), or a pair of them.
   */
  model?: ModelSource | StagedModels;
  /**
   * The SHA-256 of the model in hexadecimal; other bytes are refused as `integrity`. In browsers a model with a known one,
   * as the bundled one, is kept in Cache Storage and not downloaded again; where that has no room it stays in memory alone.
   */
  sha256?: string;
  /**
   * `auto` if left out: the GPU where it was measured to be faster, the CPU elsewhere and for small models; a GPU never makes it
   * fail. With `webgpu` it is the GPU, a software one too, or an error: `unsupported`, or `out-of-memory` of the GPU.
   */
  backend?: 'auto' | 'webgpu' | 'cpu';
  /** As in {@link InitOptions}. */
  wasm?: WasmSource;
  /** The same for the file with the GPU backend and language models, which is loaded only where one is to be used. */
  gpuWasm?: WasmSource;
  /**
   * Most bytes that loading may take; more is refused before it is allocated, with the numbers. Of models that write programs it
   * covers a text that fills a chunk, too.
   */
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
  /**
   * Why it is this one. It changes where a GPU fails: the CPU goes on from the same place while another device is made, and for good
   * where there is none. In a worker it is that of the end of the last text.
   */
  readonly reason: string;
  /** The GPU's name, where one was tried. */
  readonly adapter?: string;
  /** Whether that is a program on the CPU that only behaves like a GPU. */
  readonly software?: boolean;
  /** How often it failed. */
  readonly failures?: number;
  /** What a window of lines takes, or 64 tokens of models that write programs, where both were measured. */
  readonly milliseconds?: { readonly gpu: number; readonly cpu: number };
}

/** The loaded model. */
export interface ModelInfo {
  readonly name: string;
  readonly bytes: number;
}

/** Options of {@link Refiner.refine} and {@link Refiner.stream}. */
export interface RefineOptions {
  /** `both` stages if left out: the verdict on the document, then those on its lines. */
  level?: 'both' | 'doc' | 'chunk';
  /**
   * `strict` if left out. `official` is for models that write programs: prompts, decoding and execution as the released code
   * does them.
   */
  mode?: 'strict' | 'official';
  /** Models that write programs: most tokens of a chunk; 1500 if left out, as released. */
  chunkTokens?: number;
  /** Models that write programs: most tokens of a program; 256 if left out, as released. */
  programTokens?: number;
  /** Lines less likely to be content than this go; 0.5 if left out, 0 keeps all. */
  threshold?: number;
  /** A document less likely to be worth keeping than this goes; 0.5 if left out. */
  docThreshold?: number;
  /** Whether noise within the lines that stay is normalised: glued words, mojibake, `[edit]` and the like. On if left out. */
  normalize?: boolean;
  /** Spans at least as likely to be noise as this are normalised; 0.5 if left out. */
  normalizeThreshold?: number;
  /** Stops after the chunk in work; no event comes after that. */
  signal?: AbortSignal;
  /** Called with every event. An exception in it ends the refining, which rejects with that exception. */
  onEvent?: (event: RefineEvent) => void;
}

/** Counts of a refining. */
export interface RefineStats {
  /** Lines of the input, blank ones included. */
  lines: number;
  blankLines: number;
  removedLines: number;
  /** Places within lines that were normalised. */
  normalized: number;
  /** Windows of lines the model read. */
  chunks: number;
  /** Bytes of the input in UTF-8. */
  bytesIn: number;
  /** Bytes of the refined text in UTF-8. */
  bytesOut: number;
  /** What a GPU did for it; missing on the CPU. */
  gpu?: GpuStats;
}

/** What a GPU did for a text. */
export interface GpuStats {
  /** Its name. */
  adapter: string;
  /** Command buffers submitted. */
  submits: number;
  /** Dispatches of compute shaders in them. */
  dispatches: number;
  /** Results read back. */
  readbacks: number;
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
  /** A probability a line; 0 or 1 from a model that writes programs. */
  keep: number[];
  /** What the model wrote, where it writes programs. */
  program?: string;
}

/** A model that writes programs read some of its prompt. */
export interface ReadEvent {
  type: 'read';
  stage: 'document' | 'chunk';
  /** Tokens so far. */
  tokens: number;
  /** Tokens of the prompt. */
  total: number;
}

/** A model that writes programs wrote some tokens. */
export interface WrittenEvent {
  type: 'written';
  stage: 'document' | 'chunk';
  /** Tokens so far. */
  tokens: number;
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
export type StepEvent = ChunkEvent | DocumentEvent | ReadEvent | WrittenEvent;

/** What a refining tells: `chunk`s and `document` while the model works, then each `edit`, then `done`. */
export type RefineEvent = StepEvent | EditEvent | DoneEvent;

/**
 * What speaks for a line (positive numbers) and against it: the part of the model that can be told in words. The model weighs it
 * with all else it sees, so it is evidence, not the verdict. Numbers are log-odds.
 */
export interface LineEvidence {
  /** By its words alone, within -8..8. */
  words: number;
  /** Up to four words that weigh most, the strongest first, in lower case and digits as 0, each with what it adds to `words`. */
  telling: { word: string; adds: number }[];
  /** Mean of `words` over up to five lines on either side; 0 where there are none. */
  around: number;
  /** Whether it stands within the stretch of lines whose words speak most for them. */
  inMainText: boolean;
  /** How often the same line stands in the text. */
  times: number;
}

/** A loaded model. Texts given to it at the same time are refined one after the other, in the order of asking. */
export class Refiner {
  private constructor();
  /** Loads a model, the bundled one unless told otherwise. */
  static load(options?: LoadOptions): Promise<Refiner>;
  /** What runs the model now and why. */
  readonly backend: BackendInfo;
  readonly model: ModelInfo;
  /** Refines one text. A lone surrogate in it is read as U+FFFD. */
  refine(text: string, options?: RefineOptions): Promise<RefineResult>;
  /**
   * What {@link refine} gives for the same text under other options, from the verdicts within an earlier result: the lines
   * are not read again, so that a slider acts at once. Any result of this model for this text will do, whatever its
   * options were; `stats.chunks` is 0. Models that write programs give no such verdicts and refuse as `unsupported`.
   */
  rethreshold(text: string, result: Pick<RefineResult, 'document' | 'lines'>, options?: RefineOptions): Promise<RefineResult>;
  /**
   * The tokens that the model reads of a line, to show people: lower case, digits as 0, of a very long line its head and
   * its tail.
   */
  tokens(line: string): Promise<string[]>;
  /**
   * What speaks for and against each line of a text, null for blank ones; it takes a small part of the time of refining. Models
   * that write programs refuse as `unsupported`.
   */
  explain(text: string): Promise<(LineEvidence | null)[]>;
  /** Refines one text; starts at the first `next()`, and leaving the loop stops the work. */
  stream(text: string, options?: RefineOptions): AsyncGenerator<RefineEvent, void, void>;
  /** Stops what is running, with `disposed`, and frees the model. */
  dispose(): void;
  /** The same as {@link dispose}; missing where the runtime has no `Symbol.dispose`. */
  [Symbol.dispose](): void;
}

/** Options of {@link refineMany}: those of loading and of refining, and the size of the pool. */
export interface RefineManyOptions extends LoadOptions, Omit<RefineOptions, 'onEvent' | 'signal'> {
  /**
   * How many refiners work at once. In browser windows half the cores if left out, each in a worker; elsewhere one, because
   * the work is done in this thread. A `memoryBudget` is for all of them, and makes them fewer if need be.
   */
  workers?: number;
}

/** What came of one text. */
export type ManyOutcome =
  | { index: number; result: RefineResult; error?: undefined }
  | { index: number; error: RefineError; result?: undefined };

/**
 * Refines many texts with a pool of refiners, which it loads and disposes of. Outcomes come in the order of the texts; an
 * error of one text stands in its place and stops nothing. No more texts are taken from the source than are in work or wait
 * for the caller: two for each refiner. Leaving the loop stops the work; an abort rejects with `aborted`.
 */
export function refineMany(
  texts: Iterable<string> | AsyncIterable<string>,
  options?: RefineManyOptions,
): AsyncGenerator<ManyOutcome, void, void>;

/** The visible text of an HTML page, one block a line. */
export function htmlToText(html: string): string;

/** The same as a list of lines. */
export function htmlToLines(html: string): string[];
