import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { startFunctionUrls } from '../../devnet/lambda/function-url.ts';
import { startLambdaHost } from '../../devnet/lambda/host.ts';
import { startInvokeApi } from '../../devnet/lambda/invoke-api.ts';
import { type StubFunction, stubStack } from '../support/stub-stack.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const echo: StubFunction = {
  source: `export const handler = async (event) => {
    if (event.fail) throw new RangeError('as told');
    return event.rawPath ? { statusCode: 418, headers: { 'x-teapot': 'yes' }, body: JSON.stringify(event) } : { got: event };
  };`,
};

function hostOf(resources: Record<string, unknown> = {}) {
  const template = stubStack({ Echo: echo }, resources);
  const host = startLambdaHost({ template });
  ends.push(() => host.stop());
  return { host, template };
}

describe("Lambda's own client", () => {
  async function client() {
    const { host } = hostOf();
    const api = await startInvokeApi(() => host);
    ends.push(() => api.stop());
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const lambda = new LambdaClient({ endpoint: api.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    const invoke = async (FunctionName: string, event: object, InvocationType?: 'Event') => {
      const input = { FunctionName, Payload: JSON.stringify(event) };
      return lambda.send(new InvokeCommand(InvocationType ? { ...input, InvocationType } : input));
    };
    return { host, invoke };
  }

  test('gets what the function returns', async () => {
    const { invoke } = await client();
    const { StatusCode, Payload, FunctionError } = await invoke('Echo', { a: 1 });
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: undefined });
    expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ got: { a: 1 } });
  });

  test('is told of a failure in the answer, of an unknown function by an exception', async () => {
    const { invoke } = await client();
    const { FunctionError, Payload } = await invoke('Echo', { fail: true });
    expect(FunctionError).toBe('Unhandled');
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'RangeError' });
    await expect(invoke('Nobody', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('may leave before the function has ended', async () => {
    const { host, invoke } = await client();
    const finished = new Promise((resolve) => host.onFinished(resolve));
    expect((await invoke('Echo', { b: 2 }, 'Event')).StatusCode).toBe(202);
    expect(await finished).toMatchObject({
      functionName: 'Echo',
      event: { b: 2 },
      invocation: { result: { got: { b: 2 } } },
    });
  });
});

describe('a function URL', () => {
  async function url(): Promise<string> {
    const TargetFunctionArn = { 'Fn::GetAtt': ['Echo', 'Arn'] };
    const resource = { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'NONE', TargetFunctionArn } };
    const { host, template } = hostOf({ EchoUrl: resource });
    const urls = await startFunctionUrls(template, host);
    ends.push(() => Promise.all(urls.map((one) => one.stop())));
    return urls[0]?.url ?? '';
  }

  test('hands the request over in format 2.0, and the answer back', async () => {
    const headers = { 'content-type': 'application/json', 'X-Signature': 'abc' };
    const response = await fetch(`${await url()}/hook?x=1`, { method: 'POST', headers, body: '{"a": "ü"}' });
    expect([response.status, response.headers.get('x-teapot')]).toEqual([418, 'yes']);
    expect(await response.json()).toMatchObject({
      version: '2.0',
      rawPath: '/hook',
      rawQueryString: 'x=1',
      headers: { 'x-signature': 'abc' },
      requestContext: { http: { method: 'POST', path: '/hook' } },
      body: '{"a": "ü"}',
      isBase64Encoded: false,
    });
  });

  test('encodes bytes that are not text', async () => {
    const body = Buffer.from([0xff, 0x00, 0x80]);
    const response = await fetch(await url(), { method: 'POST', body });
    expect(await response.json()).toMatchObject({ isBase64Encoded: true, body: body.toString('base64') });
  });
});
