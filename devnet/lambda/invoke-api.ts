import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LocalService } from '../aws/aws-json-server.ts';
import { bodyOf, close, listen } from '../local-server.ts';
import type { LambdaHost } from './host.ts';
import type { Invocation } from './invocation.ts';

/**
 * Lambda's own API, of which Lambdas that call others need `Invoke`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @param hostOf asked with every call: the host itself has to know this API's URL first
 */
export async function startInvokeApi(
  hostOf: () => Pick<LambdaHost, 'invoke' | 'invokeAsync' | 'has'>,
): Promise<LocalService> {
  const server = createServer((request, response) => {
    serve(hostOf(), request, response).catch((error: unknown) => {
      refuse(response, 500, 'ServiceException', String(error));
    });
  });
  const { url } = await listen(server);
  return { url, stop: () => close(server) };
}

async function serve(
  host: Pick<LambdaHost, 'invoke' | 'invokeAsync' | 'has'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = invokedName(request.url ?? '');
  const event: unknown = JSON.parse((await bodyOf(request)) || 'null');
  if (!host.has(name)) {
    refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${name}`);
  } else if (request.headers['x-amz-invocation-type'] === 'Event') {
    host.invokeAsync(name, event);
    response.writeHead(202).end();
  } else answer(response, await host.invoke(name, event));
}

/** The function's name or ARN, qualified in itself or by the parameter. */
function invokedName(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const name = decodeURIComponent(
    /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(pathname)?.[1] ?? '',
  );
  const qualifier = searchParams.get('Qualifier');
  return qualifier === null ? name : `${name}:${qualifier}`;
}

function answer(response: ServerResponse, { error, result, requestId }: Invocation): void {
  if (error?.errorType === 'TooManyRequestsException') {
    refuse(response, 429, error.errorType, error.errorMessage);
    return;
  }
  const headers = { 'x-amzn-requestid': requestId, 'content-type': 'application/json' };
  const failure = error ? { 'x-amz-function-error': 'Unhandled' } : {};
  response.writeHead(200, { ...headers, ...failure }).end(JSON.stringify(error ?? result ?? null));
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': type };
  response.writeHead(status, headers).end(JSON.stringify({ Type: 'User', message }));
}
