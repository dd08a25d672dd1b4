import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import { bodyOf, close, listen } from '../local-server.ts';

/** What the runtime tells us, by asking for work or by answering it. */
export interface RuntimeListener {
  /** It asks for its next invocation: its init, or the invocation before, is over. */
  onNext(): void;
  onReply(requestId: string, reply: Reply): void;
  onInitError(error: InvocationError): void;
}

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

/** One environment's end of Lambda's Runtime API, 2018-06-01. */
export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly host: string;
  /** Answers the parked `next`; only after `onNext`, once. */
  deliver(delivery: Delivery): void;
  close(): Promise<void>;
}

/** Lambda's limit for the answer to a synchronous invocation. */
const MAX_RESPONSE_BYTES = 6_291_556;

export async function startRuntimeApi(listener: RuntimeListener): Promise<RuntimeApi> {
  let parked: ServerResponse | undefined;
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      parked = response;
      listener.onNext();
    } else {
      await takeReport(request, listener);
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    }
  });
  const { host } = await listen(server);
  return {
    host,
    deliver: (delivery) => parked && answerNext(parked, delivery),
    close: () => close(server),
  };
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

/** `POST …/invocation/{id}/response`, `…/invocation/{id}/error` or `…/init/error`. */
async function takeReport(request: IncomingMessage, listener: RuntimeListener): Promise<void> {
  const body = await bodyOf(request);
  const [, requestId, kind] = /\/invocation\/([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
  if (!requestId) return listener.onInitError(errorOf(body));
  listener.onReply(requestId, kind === 'error' ? { error: errorOf(body) } : replyOf(body));
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
