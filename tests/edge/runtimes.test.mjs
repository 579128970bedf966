// The same requests to every runtime.
import { after, describe } from 'node:test';

import { suite } from './suite.mjs';
import { prepare } from './support/files.mjs';
import { RUNTIMES } from './support/runtimes.mjs';

await prepare();
for (const [name, start] of Object.entries(RUNTIMES)) {
  const running = await start();
  describe(name, () => {
    after(() => running.close());
    suite(running.origin);
  });
}
