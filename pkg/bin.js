#!/usr/bin/env node
/** `npx prox-wasm`: refining in Node without writing a program. */
import { main } from './lib/cli/main.js';

process.exitCode = await main(process.argv.slice(2));
