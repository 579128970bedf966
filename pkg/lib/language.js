/**
 * @import { ChunkOptions, DiffOptions, Edit, ExecuteOptions, Execution, PackedChunk, ParsedProgram, PatchOperation,
 *   StatementInput, UndoOptions } from '../executor.js'
 */
import { checkOptions, checkString, checkWhole } from './check.js';
import { chunkArguments } from './chunk_options.js';
import { executeArguments, undoArguments } from './execute_options.js';
import { flatEdits } from './flat_edits.js';
import { flatStatements } from './flat_statements.js';
import { executionOf } from './outcome.js';
import { answered } from './wire.js';

/** The functions of the Rust side, which both wasm files have. @typedef {Omit<typeof import('../wasm/prox_executor.js'), 'default' | 'initSync'>} Exports */

/** The most that `context` may be. */
const MAX_CONTEXT = 2 ** 32 - 1;

/**
 * Language and executor over a wasm file.
 * @param {<R>(call: (exports: Exports) => R) => R} inWasm
 */
export function languageOver(inWasm) {
  /** @param {(exports: Exports) => string} call */
  const ask = (call) => answered(inWasm(call));

  return {
    /**
     * @param {string} text
     * @param {string} program
     * @param {ExecuteOptions} [options]
     * @returns {Execution}
     */
    execute(text, program, options) {
      checkString('text', text);
      checkString('program', program);
      const { flags, numbers, changes } = executeArguments(options);
      const answer = ask((wasm) => wasm.execute(text, program, flags, numbers, changes));
      return executionOf(text, answer);
    },

    /**
     * @param {string} program
     * @returns {ParsedProgram}
     */
    parseProgram(program) {
      checkString('program', program);
      return JSON.parse(ask((wasm) => wasm.parseProgram(program)));
    },

    /**
     * @param {ParsedProgram | readonly StatementInput[]} program
     * @returns {string}
     */
    printProgram(program) {
      const { numbers, strings } = flatStatements(program);
      return inWasm((wasm) => wasm.printProgram(numbers, strings));
    },

    /**
     * @param {string} text
     * @param {readonly Edit[]} edits
     * @param {Iterable<number>} which
     * @param {UndoOptions} [options]
     * @returns {Execution}
     */
    undo(text, edits, which, options) {
      checkString('text', text);
      const { numbers, strings } = flatEdits(edits);
      const { undone, changes } = undoArguments(edits.length, which, options);
      const answer = ask((wasm) => wasm.undo(text, numbers, strings, undone, changes));
      return executionOf(text, answer, edits);
    },

    /**
     * @param {string} text
     * @param {readonly Edit[]} edits
     * @param {DiffOptions} [options]
     * @returns {string}
     */
    unifiedDiff(text, edits, options) {
      checkString('text', text);
      const { numbers, strings } = flatEdits(edits);
      const { from = 'original', to = 'refined', context = 3 } = checkOptions(options);
      checkString('from', from);
      checkString('to', to);
      checkWhole('context', context, MAX_CONTEXT);
      return ask((wasm) => wasm.unifiedDiff(text, numbers, strings, from, to, context));
    },

    /**
     * @param {string} text
     * @param {readonly Edit[]} edits
     * @returns {PatchOperation[]}
     */
    jsonPatch(text, edits) {
      checkString('text', text);
      const { numbers, strings } = flatEdits(edits);
      return JSON.parse(ask((wasm) => wasm.jsonPatch(text, numbers, strings)));
    },

    /**
     * @param {string} text
     * @param {ChunkOptions} options
     * @returns {PackedChunk[]}
     */
    packChunks(text, options) {
      checkString('text', text);
      const { lineTokens, tokens, maxTokens, digits } = chunkArguments(text, options);
      /** @type {PackedChunk[]} */
      const chunks = JSON.parse(ask((wasm) => wasm.packChunks(text, tokens, maxTokens, digits)));
      // Counts beyond 32 bits reach the Rust side cut down.
      for (const chunk of chunks) if (chunk.overLimit) chunk.tokens = lineTokens[chunk.lines[0]];
      return chunks;
    },
  };
}
