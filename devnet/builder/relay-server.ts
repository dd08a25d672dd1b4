import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { Address } from '../../lib/hex.ts';
import { Refusal } from './refusal.ts';
import { requestSigner } from './signature.ts';

/** Answers one method; what it throws as a Refusal is the answer too. */
export type RelayMethod = (params: unknown, signer: Address) => unknown;

/** JSON-RPC over HTTP, every request signed. @param onFault hears of what is neither result nor Refusal */
export function relayServer(
  methods: Readonly<Record<string, RelayMethod>>,
  onFault: (fault: unknown) => void,
): Server {
  return createServer((request, response) => {
    handle(request, methods)
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) onFault(error);
        return errorReply(error, null);
      })
      .then((reply) => send(response, reply))
      .catch(onFault);
  });
}

/** Twice what a bundle of the largest size takes in hex. */
const MAX_BODY_BYTES = 2_000_000;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function handle(
  request: IncomingMessage,
  methods: Readonly<Record<string, RelayMethod>>,
): Promise<Reply> {
  const body = await readBody(request);
  const signer = requestSigner(request.headers['x-flashbots-signature'], body);
  const { id, method, params } = parseRequest(body);
  try {
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (answer === undefined) {
      throw new Refusal(`the method ${method} does not exist/is not available`, -32601, 200);
    }
    return { status: 200, body: { jsonrpc: '2.0', id, result: await answer(params, signer) } };
  } catch (error) {
    if (error instanceof Refusal) return errorReply(error, id);
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Refusal('request body too large', -32600, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const requestSchema = v.object({
  id: v.optional(v.union([v.number(), v.string(), v.null()]), null),
  method: v.string('missing method'),
  params: v.optional(v.unknown()),
});

type RequestId = v.InferOutput<typeof requestSchema>['id'];

function parseRequest(body: Uint8Array): v.InferOutput<typeof requestSchema> {
  const parsed = v.safeParse(requestSchema, parseJson(body));
  if (parsed.success) return parsed.output;
  throw new Refusal('missing method', -32600);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new Refusal('invalid json body', -32700);
  }
}

/** The old methods' shape has no envelope around its HTTP errors. */
function errorReply(error: unknown, id: RequestId): Reply {
  if (!(error instanceof Refusal)) {
    return { status: 500, body: { error: { code: -32603, message: 'internal server error' } } };
  }
  const { code, message, httpStatus } = error;
  const envelope = httpStatus === 200 ? { jsonrpc: '2.0', id } : {};
  return { status: httpStatus, body: { ...envelope, error: { code, message } } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
