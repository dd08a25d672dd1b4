import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import { bodyOf, close, listen } from '../local-server.ts';

/** What a handler returned, or how it failed. */
export type Reply = { readonly result: unknown } | { readonly error: InvocationError };

/** As Lambda reports a failed invocation to its caller. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[] | undefined;
}

export interface Delivery {
  readonly requestId: string;
  readonly functionArn: string;
  readonly deadlineMs: number;
  readonly eventJson: string;
}

/** Lambda's limit for the answer to a synchronous invocation. */
const MAX_RESPONSE_BYTES = 6_291_556;

/**
 * The server's side of Lambda's Runtime API, 2018-06-01, for one runtime.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #server: Server;
  #host = '';
  #next = Promise.withResolvers<ServerResponse>();
  #reply = Promise.withResolvers<Reply>();
  #initError: InvocationError | undefined;

  static async start(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    api.#host = (await listen(api.#server)).host;
    return api;
  }

  private constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  get host(): string {
    return this.#host;
  }

  /** Why the runtime could not start, where it said so. */
  get initError(): InvocationError | undefined {
    return this.#initError;
  }

  /** Resolves when the runtime has asked for an event and has none: its init, or its last invocation, is over. */
  async parked(): Promise<void> {
    await this.#next.promise;
  }

  /** Waits for the runtime to ask, hands it this event, and resolves with its answer. */
  async exchange(delivery: Delivery): Promise<Reply> {
    const response = await this.#next.promise;
    this.#next = Promise.withResolvers();
    this.#reply = Promise.withResolvers();
    answerNext(response, delivery);
    return this.#reply.promise;
  }

  async close(): Promise<void> {
    await close(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') return this.#next.resolve(response);
    this.#take(request.url ?? '', await bodyOf(request));
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }

  /** `POST …/invocation/{id}/response`, `…/invocation/{id}/error` or `…/init/error`. */
  #take(path: string, body: string): void {
    if (path.endsWith('/response')) this.#reply.resolve(replyOf(body));
    else if (path.endsWith('/init/error')) this.#initError = errorOf(body);
    else this.#reply.resolve({ error: errorOf(body) });
  }
}

function answerNext(response: ServerResponse, delivery: Delivery): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': delivery.requestId,
    'lambda-runtime-deadline-ms': String(delivery.deadlineMs),
    'lambda-runtime-invoked-function-arn': delivery.functionArn,
    'lambda-runtime-trace-id': `Root=1-${delivery.requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
  });
  response.end(delivery.eventJson);
}

function replyOf(body: string): Reply {
  if (Buffer.byteLength(body) <= MAX_RESPONSE_BYTES) return { result: JSON.parse(body) };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
  return { error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
}

const errorSchema = v.object({
  errorType: v.optional(v.string(), 'Error'),
  errorMessage: v.optional(v.string(), ''),
  trace: v.optional(v.array(v.string())),
});

function errorOf(body: string): InvocationError {
  return v.parse(errorSchema, JSON.parse(body));
}
