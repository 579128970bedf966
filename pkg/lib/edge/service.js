/** @import { HandlerOptions } from '../../edge.js' */
import { EdgeEngine } from './engine.js';
import { isOwnFault } from './errors.js';
import { handlerOptions } from './options.js';
import { Slots } from './slots.js';

/** What the routes of a handler share. */
export class Service {
  /** @param {HandlerOptions} given */
  constructor(given) {
    const options = handlerOptions(given);
    const { wasm, model, memoryBudget, maxInstanceBytes, concurrency, idleSeconds, retryAfter, onError } = options;
    const { limits, tokens, cors, basePath } = options;
    this.limits = limits;
    this.tokens = tokens;
    this.cors = cors;
    this.basePath = basePath;
    this.engine = new EdgeEngine({ module: wasm, source: model, memoryBudget, maxInstanceBytes });
    this.slots = new Slots(concurrency, 1000 * idleSeconds, retryAfter);
    /** Tells the owner of the service what is not the client's fault. @param {unknown} error */
    this.report = (error) => {
      if (!onError || !isOwnFault(error)) return;
      try {
        onError(error);
      } catch {
        // The client's answer does not depend on it.
      }
    };
  }
}
