// Compiled, never run: the public types as a user sees them.
import {
  refineMany,
  Refiner,
  RefineError,
  execute,
  htmlToText,
  init,
  parseProgram,
  type BackendInfo,
  type Edit,
  type LineEvidence,
  type LoadProgress,
  type ManyOutcome,
  type RefineErrorCode,
  type RefineEvent,
  type RefineResult,
} from 'prox-wasm';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export async function load(signal: AbortSignal): Promise<void> {
  const refiner: Refiner = await Refiner.load({
    model: new URL('https://example.org/model.gguf'),
    backend: 'auto',
    wasm: new Uint8Array(8),
    memoryBudget: 64e6,
    onProgress({ phase, loaded, total }) {
      same<typeof phase, LoadProgress['phase']>(true);
      same<typeof loaded, number>(true);
      same<typeof total, number | null>(true);
    },
    signal,
    worker: false,
  });
  await Refiner.load();
  for (const model of ['model.gguf', new ArrayBuffer(8), new Uint8Array(8), new Blob([]), new Response('')] as const) {
    await Refiner.load({ model });
  }
  await Refiner.load({ model: new Response('').body! });

  same<typeof refiner.backend, BackendInfo>(true);
  same<typeof refiner.model.bytes, number>(true);
  const thresholds = { threshold: 0.5, docThreshold: 0.5, normalizeThreshold: 0.5 };
  const result = await refiner.refine('text', { level: 'both', mode: 'strict', ...thresholds, normalize: true, signal });
  same<typeof result, RefineResult>(true);
  same<(typeof result.lines)[0]['keep'], number>(true);
  same<typeof result.document.keep, number>(true);
  same<typeof result.stats.chunks, number>(true);
  same<typeof result.stats.normalized, number>(true);
  same<Awaited<ReturnType<typeof refiner.rethreshold>>, RefineResult>(true);
  await refiner.rethreshold('text', { document: result.document, lines: result.lines }, { threshold: 0.3 });
  same<Awaited<ReturnType<typeof refiner.tokens>>, string[]>(true);
  same<Awaited<ReturnType<typeof refiner.explain>>, (LineEvidence | null)[]>(true);
  result.edits.map(describe);
  for await (const event of refiner.stream('text')) handle(event);
  refiner.dispose();
  {
    using scoped = await Refiner.load();
    scoped.refine('');
  }

  // @ts-expect-error no such backend
  await Refiner.load({ backend: 'gpu' });
  // @ts-expect-error no such source
  await Refiner.load({ model: 7 });
  // @ts-expect-error no such source
  await Refiner.load({ wasm: 7 });
  // @ts-expect-error no such option
  await Refiner.load({ modle: 'x' });
  // @ts-expect-error the text is missing
  await refiner.refine();
  // @ts-expect-error no such level
  await refiner.refine('', { level: 'line' });
  // @ts-expect-error no such mode
  await refiner.refine('', { mode: 'loose' });
  // @ts-expect-error no such stage
  await Refiner.load({ model: { lines: 'x' } });
  // @ts-expect-error refiners are loaded
  new Refiner();
  // @ts-expect-error it cannot be set
  refiner.backend = { kind: 'cpu', reason: '' };
}

function describe(edit: Edit): string {
  // @ts-expect-error a dropped document has no lines
  edit.lines;
  switch (edit.op) {
    case 'drop_doc':
      return edit.before;
    case 'remove_lines':
      return `${edit.lines[0]} to ${edit.lines[1]}: ${(edit.confidence ?? 0).toFixed(2)}`;
    case 'normalize':
      return `${edit.source} → ${edit.target}, ${edit.count.toFixed()} times`;
    default:
      return edit satisfies never;
  }
}

function handle(event: RefineEvent): unknown {
  switch (event.type) {
    case 'chunk':
      return event.keep.map((keep, i) => [event.lines[0] + i, keep.toFixed(2)]);
    case 'document':
      return event.keep.toFixed(2);
    case 'read':
      return `${event.stage}: ${event.tokens} of ${event.total}`;
    case 'written':
      return `${event.stage}: ${event.tokens}`;
    case 'edit':
      return describe(event.edit);
    case 'done':
      return event.result.program;
    default:
      return event satisfies never;
  }
}

export async function withoutModel(): Promise<void> {
  same<ReturnType<typeof init>, Promise<void>>(true);
  await init({ wasm: './prox_wasm_bg.wasm' });
  const { text, kept, errors, removed, edits, diagnostics } = execute('text', 'keep_chunk()', {
    mode: 'official',
    level: 'doc',
    threshold1: 0,
    threshold2: 0.95,
    errorOp: 2,
  });
  same<typeof text, string>(true);
  same<typeof kept, boolean>(true);
  same<typeof errors, number>(true);
  same<(typeof removed)[0], [first: number, last: number]>(true);
  edits.map(describe);
  same<(typeof diagnostics)[0]['severity'], 'error' | 'warning' | 'info'>(true);
  for (const statement of parseProgram('keep_doc()').statements) {
    if (statement.op === 'remove_lines') same<typeof statement.first, number>(true);
    else if (statement.op === 'normalize') same<typeof statement.source, string>(true);
    same<typeof statement.line, number>(true);
  }
  same<ReturnType<typeof htmlToText>, string>(true);
  // @ts-expect-error no such mode
  execute('', '', { mode: 'loose' });
}

export function codes(error: unknown): RefineErrorCode | null {
  if (!(error instanceof RefineError)) return null;
  same<typeof error.code, RefineErrorCode>(true);
  // @ts-expect-error no such code
  if (error.code === 'oops') return null;
  return error.code;
}

export async function many(texts: AsyncIterable<string>): Promise<string[]> {
  const out: string[] = [];
  for await (const outcome of refineMany(texts, { workers: 2, level: 'chunk', sha256: 'ab', memoryBudget: 1e8 })) {
    same<typeof outcome, ManyOutcome>(true);
    if (outcome.error) {
      same<typeof outcome.error, RefineError>(true);
      same<typeof outcome.result, undefined>(true);
    } else {
      out[outcome.index] = outcome.result.text;
    }
  }
  for await (const { index } of refineMany(['a', 'b'])) same<typeof index, number>(true);
  // @ts-expect-error not numbers
  refineMany([1, 2]);
  // @ts-expect-error events are for single texts
  refineMany([], { onEvent() {} });
  return out;
}
