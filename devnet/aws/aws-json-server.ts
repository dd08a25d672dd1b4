import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LiquidatorError } from '../../lib/errors.ts';
import { bodyOf, close, listen } from '../local-server.ts';

/** A local stand-in of an AWS service. */
export interface LocalService {
  /** For `AWS_ENDPOINT_URL_<SERVICE>`, or a client's `endpoint`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Operations by their full name, e.g. `secretsmanager.GetSecretValue`; each maps a request to its response. */
export type Operations = Readonly<Record<string, (request: unknown) => unknown>>;

/** An answer that the SDK turns into an exception of this name. */
export class AwsServiceError extends LiquidatorError {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Serves the AWS JSON 1.1 protocol. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export async function startAwsJsonServer(operations: Operations): Promise<LocalService> {
  const server = createServer((request, response) => serve(operations, request, response));
  const { url } = await listen(server);
  return { url, stop: () => close(server) };
}

async function serve(
  operations: Operations,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = String(request.headers['x-amz-target']);
  try {
    const operation = operations[name];
    if (!operation) throw new AwsServiceError('UnknownOperationException', `${name} has no local stand-in.`);
    answer(response, 200, operation(JSON.parse(await bodyOf(request))));
  } catch (error) {
    if (error instanceof AwsServiceError) {
      answer(response, 400, { __type: error.type, message: error.message });
    } else {
      answer(response, 500, { __type: 'InternalServiceError', message: String(error) });
    }
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
