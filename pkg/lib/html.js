import { checkString } from './check.js';

/** @typedef {Omit<typeof import('../wasm/prox_wasm.js'), 'default' | 'initSync'>} Exports */

/**
 * HTML to text over a wasm file.
 * @param {<R>(call: (exports: Exports) => R) => R} inWasm
 */
export function htmlOver(inWasm) {
  return {
    /**
     * @param {string} html
     * @returns {string}
     */
    htmlToText(html) {
      checkString('html', html);
      return inWasm((wasm) => wasm.htmlToText(html));
    },

    /**
     * @param {string} html
     * @returns {string[]}
     */
    htmlToLines(html) {
      checkString('html', html);
      return inWasm((wasm) => wasm.htmlToLines(html));
    },
  };
}
