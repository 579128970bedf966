/** Where a batch's result goes: a file of this site's own on disk, so that memory stays flat; memory where there is none. */

/** Lines are written together when there is so much of them. */
const WRITE_CHARACTERS = 2 ** 18;

const NAME = 'batch-result.jsonl';

/** @returns {Promise<Sink>} */
export async function openSink() {
  try {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle(NAME, { create: true });
    return new Sink({ handle, stream: await handle.createWritable() });
  } catch {
    // no such file system here, or no room in it
    return new Sink(null);
  }
}

export class Sink {
  #file;
  /** @type {Blob[]} */
  #parts = [];
  #buffer = '';
  #chain = Promise.resolve();

  /** @param {{ handle: FileSystemFileHandle, stream: FileSystemWritableFileStream } | null} file */
  constructor(file) {
    this.#file = file;
  }

  /** Whether the result lies on disk. */
  get isOnDisk() {
    return this.#file !== null;
  }

  /** @param {string} line */
  async write(line) {
    this.#buffer += `${line}\n`;
    if (this.#buffer.length >= WRITE_CHARACTERS) await this.#flush();
  }

  #flush() {
    const text = this.#buffer;
    this.#buffer = '';
    const write = async () => {
      if (!this.#file) {
        this.#parts.push(new Blob([text]));
        return;
      }
      try {
        await this.#file.stream.write(text);
      } catch {
        await this.#leaveDisk(text);
      }
    };
    this.#chain = this.#chain.then(write);
    return this.#chain;
  }

  /** The disk is full: what is on it is kept, the rest goes to memory. @param {string} text */
  async #leaveDisk(text) {
    if (!this.#file) return;
    const { handle, stream } = this.#file;
    this.#file = null;
    await stream.close().catch(() => {});
    const before = await handle.getFile().catch(() => new Blob());
    this.#parts.push(before, new Blob([text]));
  }

  /** The result. */
  async close() {
    await this.#flush();
    if (!this.#file) return new Blob(this.#parts, { type: 'application/x-ndjson' });
    await this.#file.stream.close();
    return this.#file.handle.getFile();
  }
}
