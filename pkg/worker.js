/** @import { Engine } from './lib/engine.js' */
/** @import { Reply, Request } from './lib/protocol.js' */
import { openEngine } from './lib/engines.js';
import { RefineError, plainError } from './lib/errors.js';
import { full } from './lib/full.js';
import { Stop } from './lib/stop.js';

/** @type {Engine | null} */
let engine = null;
/** Refinements in work, by the id of their request. @type {Map<number, Stop>} */
const stops = new Map();

/** @param {Reply} reply */
function say(reply) {
  postMessage(reply);
}

/** @param {Request} request */
async function answer(request) {
  if (request.type === 'stop') {
    stops.get(request.id)?.stop(new RefineError('aborted', 'the work was aborted'));
    return;
  }
  const { id } = request;
  const stop = new Stop();
  stops.set(id, stop);
  try {
    const value = await perform(request, stop);
    say({ id, type: 'done', value, ...(engine && { backend: engine.backend }) });
  } catch (error) {
    const fatal = full.isTrapped || engine?.isTrapped === true;
    if (!stop.reason || fatal) say({ id, type: 'error', error: plainError(error), fatal });
  } finally {
    stops.delete(id);
  }
}

/**
 * @param {Exclude<Request, { type: 'stop' }>} request
 * @param {Stop} stop
 */
async function perform(request, stop) {
  if (request.type === 'load') {
    full.startNow(() => request.module);
    const { id, models, plan } = request;
    engine = await openEngine(models, plan, stop, (...progress) => say({ id, type: 'event', event: progress }));
    return engine.model;
  }
  if (!engine) throw new RefineError('internal', 'the worker has no model');
  if (request.type === 'tokens') return engine.tokens(request.line, stop);
  if (request.type === 'explain') return engine.explain(request.text, stop);
  const { id, text, options } = request;
  return engine.refine(text, options, stop, (event) => say({ id, type: 'event', event }));
}

addEventListener('message', ({ data }) => answer(data));
