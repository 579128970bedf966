// Compiled, never run: the types of the service as a user sees them.
import {
  RefineError,
  createHandler,
  type EdgeErrorBody,
  type EdgeErrorCode,
  type EdgeErrorRecord,
  type EdgeEvent,
  type EdgeExecuted,
  type EdgeHandler,
  type EdgeHealth,
  type EdgeRefined,
  type HandlerOptions,
  type WasmModule,
} from 'prox-wasm/edge';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function serve(wasm: WasmModule): EdgeHandler {
  createHandler({ wasm });
  createHandler({ wasm, model: 'https://models.example/nano.gguf', cors: '*', token: 'secret' });
  createHandler({ wasm, model: () => new Response(''), cors: ['https://a.example'], token: ['a', 'b'] });
  createHandler({ wasm, model: async () => new Uint8Array(8), onError: (error) => same<typeof error, unknown>(true) });
  const limits: HandlerOptions = {
    wasm,
    basePath: '/api',
    maxBodyBytes: 1,
    maxStreamBytes: 1,
    maxLines: 1,
    concurrency: 1,
    retryAfter: 1,
    idleSeconds: 1,
    memoryBudget: 1,
    maxInstanceBytes: 1,
  };
  // @ts-expect-error the module is missing
  createHandler({ model: 'x' });
  // @ts-expect-error nothing else is allowed in a word
  createHandler({ wasm, cors: 'https://a.example' });
  // @ts-expect-error what can be read once only has to come from a function
  createHandler({ wasm, model: new Response('') });
  // @ts-expect-error no such option
  createHandler({ wasm, modle: 'x' });
  return createHandler(limits);
}

export async function ask(handler: EdgeHandler, request: Request): Promise<unknown> {
  same<ReturnType<EdgeHandler>, Promise<Response>>(true);
  const response = await handler(request);
  type Body = EdgeRefined | EdgeExecuted | EdgeHealth | { error: EdgeErrorBody };
  const body = (await response.json()) as Body;
  if ('error' in body) {
    same<typeof body.error.code, EdgeErrorCode>(true);
    // @ts-expect-error no such code
    if (body.error.code === 'oops') return null;
    return body.error.offset ?? body.error.limit;
  }
  if ('status' in body) return body.busy ?? body.model?.name;
  return body.text;
}

export function line(answer: EdgeRefined | EdgeErrorRecord): number | string {
  return 'error' in answer ? answer.line : answer.program;
}

export function handle(event: EdgeEvent): unknown {
  return event.type === 'error' ? event.error.message : event.type;
}

export function isOurs(error: unknown): boolean {
  return error instanceof RefineError;
}
