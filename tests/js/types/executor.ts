// Compiled, never run: the types of the executor entry, which are those of the main one.
import * as small from 'prox-wasm/executor';
import * as main from 'prox-wasm';
import {
  RefineError,
  applyChanges,
  execute,
  init,
  invertChanges,
  jsonPatch,
  packChunks,
  parseProgram,
  printProgram,
  toOriginal,
  toRefined,
  undo,
  unifiedDiff,
  type Change,
  type DropReason,
  type Edit,
  type Execution,
  type PackedChunk,
  type ParsedProgram,
  type PatchOperation,
  type StatementInput,
} from 'prox-wasm/executor';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export async function language(text: string, wasmModule: object): Promise<void> {
  await init({ wasm: wasmModule });
  const program: ParsedProgram = parseProgram('keep_doc()');
  const statements: StatementInput[] = [{ op: 'remove_lines', first: 0, last: 1 }, ...program.statements];
  same<ReturnType<typeof printProgram>, string>(true);
  const done = execute(text, printProgram(statements), {
    scope: [0, 1],
    maxGrowthBytes: 0,
    dropShort: true,
    changes: true,
  });
  same<typeof done, Execution>(true);
  same<typeof done.dropReason, DropReason | null>(true);
  same<typeof done.changes, Change[] | undefined>(true);
  const undone: Execution = undo(text, done.edits as readonly Edit[], new Set([0]), { changes: true });
  undo(text, undone.edits, []);
  const changes = done.changes ?? [];
  same<ReturnType<typeof applyChanges>, string>(true);
  applyChanges(done.text, invertChanges(changes));
  const offset: number = toOriginal(changes, toRefined(changes, 3));
  const diff: string = unifiedDiff(text, done.edits, { from: 'a', to: 'b', context: offset });
  const patch: PatchOperation[] = jsonPatch(diff, done.edits);
  for (const operation of patch) if (operation.op !== 'remove') same<typeof operation.value, string>(true);
  const chunks: PackedChunk[] = packChunks(text, { countTokens: (line) => line.length, maxTokens: 100, digits: 4 });
  packChunks(text, { lineTokens: new Uint32Array(3) });
  packChunks(text, { lineTokens: chunks.map(({ tokens }) => tokens) });

  // @ts-expect-error no such statement
  printProgram([{ op: 'fly' }]);
  // @ts-expect-error its last line is missing
  printProgram([{ op: 'remove_lines', first: 0 }]);
  // @ts-expect-error which edits is missing
  undo(text, done.edits);
  // @ts-expect-error numbers are wanted
  undo(text, done.edits, ['0']);
  // @ts-expect-error neither way to count
  packChunks(text, { maxTokens: 3 });
  // @ts-expect-error both ways to count
  packChunks(text, { lineTokens: [1], countTokens: () => 1 });
  // @ts-expect-error no models here
  small.Refiner;
}

same<typeof small.execute, typeof main.execute>(true);
same<typeof small.undo, typeof main.undo>(true);
same<typeof small.RefineError, typeof main.RefineError>(true);
same<InstanceType<typeof RefineError>, main.RefineError>(true);
