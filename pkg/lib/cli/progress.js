/** At most so often. */
const EVERY_MS = 200;

/** Tells on standard error how far a file is. */
export class Progress {
  #total;
  #shown;
  #bytes = 0;
  #documents = 0;
  #started = Date.now();
  #last = 0;

  /**
   * @param {number | null} total bytes, null while nobody knows
   * @param {boolean} shown
   */
  constructor(total, shown) {
    this.#total = total;
    this.#shown = shown;
  }

  /**
   * Counts what is read.
   * @param {AsyncIterable<Uint8Array>} chunks
   */
  async *counted(chunks) {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  document() {
    this.#documents++;
    if (this.#shown && Date.now() - this.#last >= EVERY_MS) this.#show('\r');
  }

  end() {
    if (this.#shown) this.#show('\n');
  }

  /** @param {string} end */
  #show(end) {
    this.#last = Date.now();
    const seconds = Math.max(0.001, (this.#last - this.#started) / 1000);
    const share = this.#total ? `, ${Math.floor((100 * this.#bytes) / this.#total)} % read` : '';
    process.stderr.write(`${this.#documents} documents${share}, ${(this.#documents / seconds).toFixed(1)}/s   ${end}`);
  }
}
