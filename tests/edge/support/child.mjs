import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { HERE } from './files.mjs';

/** @typedef {{ origin: string, close(): Promise<void> }} Running */

/**
 * Runs a server that says its port, and takes it down with `close`.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<Running>}
 */
export async function serverProcess(command, args) {
  const child = spawn(command, args, { cwd: HERE, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /\bport (\d+)/.exec(line) ?? [];
    if (!port) continue;
    child.stdout.resume();
    return {
      origin: `http://127.0.0.1:${port}`,
      async close() {
        child.kill('SIGKILL');
        await exited;
      },
    };
  }
  throw new Error(`${command} ended without saying its port`);
}
