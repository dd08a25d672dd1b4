import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { LocalService } from '../aws/aws-json-server.ts';
import { close, listen } from '../local-server.ts';
import type { LambdaHost } from './host.ts';
import { resolve, resourcesOf, type Template } from './template.ts';

/** An HTTP endpoint of one function. */
export interface LocalFunctionUrl extends LocalService {
  readonly functionArn: string;
}

const urlSchema = v.object({ TargetFunctionArn: v.string(), AuthType: v.picklist(['NONE', 'AWS_IAM']) });
const responseSchema = v.object({
  statusCode: v.optional(v.number(), 200),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
});

/** Lambda takes no more; a body that is not text grows by a third as base64. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** One server for each `AWS::Lambda::Url` of the template. */
export async function startFunctionUrls(
  template: Template,
  host: Pick<LambdaHost, 'invoke'>,
): Promise<readonly LocalFunctionUrl[]> {
  const urls = resourcesOf(template, 'AWS::Lambda::Url').map(({ properties }) =>
    v.parse(urlSchema, resolve(template, properties)),
  );
  return Promise.all(
    urls.map(({ TargetFunctionArn, AuthType }) => startFunctionUrl(TargetFunctionArn, AuthType, host)),
  );
}

async function startFunctionUrl(
  functionArn: string,
  authType: 'NONE' | 'AWS_IAM',
  host: Pick<LambdaHost, 'invoke'>,
): Promise<LocalFunctionUrl> {
  const server = createServer((request, response) => {
    if (authType === 'AWS_IAM' && !isSigned(request)) {
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"Message":"Forbidden"}');
      return;
    }
    serve(functionArn, host, request, response).catch(() => response.writeHead(502).end());
  });
  const { url } = await listen(server);
  return { functionArn, url, stop: () => close(server) };
}

/** AWS checks the signature; here it is enough that there is one. */
const isSigned = ({ headers }: IncomingMessage): boolean =>
  headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ?? false;

async function serve(
  functionArn: string,
  host: Pick<LambdaHost, 'invoke'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413).end();
    return;
  }
  const { error, result } = await host.invoke(functionArn, payload(request, body));
  // As Lambda: a caller learns that it failed, and not why.
  if (error) response.writeHead(502).end('Internal Server Error');
  else respond(response, result);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html: payload format 2.0. */
function payload(request: IncomingMessage, body: Buffer): object {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const isText = /^(text\/|application\/(json|javascript|xml))/.test(request.headers['content-type'] ?? '');
  const isBase64Encoded = !isText || request.headers['content-encoding'] !== undefined;
  const now = Date.now();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: searchParams.toString(),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    queryStringParameters: Object.fromEntries(searchParams),
    requestContext: {
      ...{ accountId: 'anonymous', apiId: 'local', domainName: 'localhost', domainPrefix: 'local' },
      http: {
        ...{ method: request.method ?? 'GET', path: pathname, protocol: 'HTTP/1.1' },
        ...{ sourceIp: '127.0.0.1', userAgent: request.headers['user-agent'] ?? '' },
      },
      ...{ requestId: randomUUID(), routeKey: '$default', stage: '$default' },
      ...{ time: new Date(now).toISOString(), timeEpoch: now },
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded: body.length > 0 && isBase64Encoded,
  };
}

/** A result without a status is the body itself. */
function respond(response: ServerResponse, result: unknown): void {
  const parsed = v.safeParse(responseSchema, result);
  const isAnswer = typeof result === 'object' && result !== null && 'statusCode' in result;
  if (!parsed.success || !isAnswer) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result ?? null));
    return;
  }
  const { statusCode, headers, body, isBase64Encoded } = parsed.output;
  response.writeHead(statusCode, headers).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}
