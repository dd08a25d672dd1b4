import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { startEventBridge } from '../../devnet/aws/event-bridge.ts';
import { type LambdaHost, startLambdaHost } from '../../devnet/lambda/host.ts';
import { startInvokeApi } from '../../devnet/lambda/invoke-api.ts';
import { resolve } from '../../devnet/lambda/template.ts';
import { type StubFunction, stubStack } from '../support/stub-stack.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Says how it was called and where it runs. */
const source = `let calls = 0;
export const handler = async (event, context) => {
  if (event.fail) throw new Error('as told');
  if (event.holdMs) await new Promise((resolve) => setTimeout(resolve, event.holdMs));
  return {
    calls: ++calls, pid: process.pid,
    type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, version: context.functionVersion,
    name: context.functionName, arn: context.invokedFunctionArn,
  };
};`;

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Racer';
const WARM = { Ref: 'RacerWarm' };

/** In the shape that the CDK gives to `currentVersion` and an `Alias` of it. */
const warmStack = (
  provisioned: number,
  racer: Partial<StubFunction> = {},
  provisionedBy: 'version' | 'alias' = 'version',
) =>
  stubStack(
    { Racer: { source, properties: { Description: 'functions/race.ts' }, ...racer } },
    {
      RacerVersion: {
        Type: 'AWS::Lambda::Version',
        Properties: {
          FunctionName: { Ref: 'Racer' },
          ...(provisionedBy === 'version' && provisionedConfig(provisioned)),
        },
      },
      RacerWarm: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionName: { Ref: 'Racer' },
          FunctionVersion: { 'Fn::GetAtt': ['RacerVersion', 'Version'] },
          Name: 'warm',
          ...(provisionedBy === 'alias' && provisionedConfig(provisioned)),
        },
      },
      WarmPolicy: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Racer' },
          Qualifier: { 'Fn::Select': [7, { 'Fn::Split': [':', WARM] }] },
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue' },
      Bus: { Type: 'AWS::Events::EventBus' },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          EventPattern: { 'detail-type': ['Price'] },
          Targets: [{ Arn: WARM, Id: 'T0' }],
        },
      },
    },
  );

const provisionedConfig = (environments: number) =>
  environments > 0 && { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: environments } };

async function started(...stack: Parameters<typeof warmStack>) {
  const template = warmStack(...stack);
  const host = startLambdaHost({ template });
  ends.push(() => host.stop());
  await host.provision();
  return { template, host };
}

const calledAs = async (host: LambdaHost, name: string) => {
  const { result, coldStart, initMs } = await host.invoke(name, {});
  return { ...Object(result), coldStart, initMs };
};

describe('a published version', () => {
  test('is what its alias is called by in the template', () => {
    expect(resolve(warmStack(0), WARM)).toBe(`${ARN}:warm`);
    expect(resolve(warmStack(0), { Ref: 'RacerVersion' })).toBe(`${ARN}:1`);
    expect(resolve(warmStack(0), { 'Fn::GetAtt': ['RacerVersion', 'Version'] })).toBe('1');
  });

  test.each([
    [`${ARN}:warm`, '1', `${ARN}:warm`],
    ['Racer:warm', '1', `${ARN}:warm`],
    [`${ARN}:1`, '1', `${ARN}:1`],
    [ARN, '$LATEST', ARN],
    ['Racer', '$LATEST', ARN],
    ['Racer:$LATEST', '$LATEST', ARN],
    ['functions/race.ts', '$LATEST', ARN],
  ])('called as %s is version %s, and told so', async (name, version, arn) => {
    const { host } = await started(0);
    expect(await calledAs(host, name)).toMatchObject({ name: 'Racer', version, arn, type: 'on-demand' });
  });

  test('shares its environments between its names, and none with $LATEST', async () => {
    const { host } = await started(0);
    const [warm, numbered, latest] = [
      await calledAs(host, 'Racer:warm'),
      await calledAs(host, 'Racer:1'),
      await calledAs(host, 'Racer'),
    ];
    expect([warm.calls, numbered.calls, latest.calls]).toEqual([1, 2, 1]);
    expect(numbered.pid).toBe(warm.pid);
    expect(latest.pid).not.toBe(warm.pid);
  });

  test('shares the reserved concurrency with $LATEST', async () => {
    const { host } = await started(0, { properties: { ReservedConcurrentExecutions: 1 } });
    const [, refused] = await Promise.all([
      host.invoke('Racer:warm', { holdMs: 50 }),
      host.invoke('Racer', {}),
    ]);
    expect(refused.error?.errorType).toBe('TooManyRequestsException');
  });

  test('unknown to the template is nobody', async () => {
    const { host } = await started(0);
    await expect(host.invoke('Racer:cold', {})).rejects.toThrow(/no function Racer:cold/);
    expect(host.has('Racer:2')).toBe(false);
  });

  test('has the retries and the failure destination of the qualifier that it is called by', async () => {
    const { host } = await started(0);
    await host.invokeAsync(`${ARN}:warm`, { fail: true }).finished;
    expect(host.deadLetters).toMatchObject([
      { functionArn: `${ARN}:warm`, attempts: 1, destination: expect.stringContaining(':Dead') },
    ]);
  });
});

describe('provisioned concurrency', () => {
  test.each(['version', 'alias'] as const)(
    'of a %s is up before anybody calls: the first event finds it initialised',
    async (by) => {
      const { host } = await started(1, {}, by);
      const first = await calledAs(host, `${ARN}:warm`);
      expect(first).toMatchObject({ type: 'provisioned-concurrency', calls: 1, coldStart: false, initMs: 0 });
    },
  );

  test('is so many environments, and what comes beyond them starts on demand', async () => {
    const { host } = await started(2);
    const calls = await Promise.all([1, 2, 3].map(() => host.invoke('Racer:warm', { holdMs: 300 })));
    const types = calls.map(({ result, coldStart }) => `${Object(result).type} ${coldStart}`);
    expect(types.sort()).toEqual([
      'on-demand true',
      'provisioned-concurrency false',
      'provisioned-concurrency false',
    ]);
    expect(new Set(calls.map(({ result }) => Object(result).pid)).size).toBe(3);
  });

  test('is of the version alone: $LATEST starts cold', async () => {
    const { host } = await started(1);
    expect(await calledAs(host, 'Racer')).toMatchObject({ type: 'on-demand', coldStart: true });
  });

  test('that was killed is gone: the next call starts another', async () => {
    const { host } = await started(1);
    await host.kill('functions/race.ts');
    expect(await calledAs(host, 'Racer:warm')).toMatchObject({ type: 'on-demand', coldStart: true });
  });

  test('that cannot be initialised fails the deployment, and says why', async () => {
    const host = startLambdaHost({
      template: warmStack(1, { source: `throw new TypeError('the secret is empty');` }),
    });
    ends.push(() => host.stop());
    await expect(host.provision()).rejects.toThrow(/Version 1 of Racer .* TypeError: the secret is empty/);
  });
});

describe('whoever calls an alias', () => {
  test('by a rule reaches the warm environment', async () => {
    const { template, host } = await started(1);
    const events = await startEventBridge(template, (arn, event) => host.invokeAsync(arn, event));
    ends.push(() => events.stop());
    const { accepted } = events.putEvents([
      { Source: 'me', DetailType: 'Price', Detail: '{}', EventBusName: 'Bus' },
    ]);
    const [invocation] = await Promise.all(accepted.map(({ finished }) => finished));
    expect(invocation).toMatchObject({
      coldStart: false,
      result: { type: 'provisioned-concurrency', arn: `${ARN}:warm` },
    });
  });

  test.each([
    [{ FunctionName: `${ARN}:warm` }],
    [{ FunctionName: 'Racer:warm' }],
    [{ FunctionName: 'Racer', Qualifier: 'warm' }],
  ])("by Lambda's own client as %j does, too", async (named) => {
    const { host } = await started(1);
    const api = await startInvokeApi(() => host);
    ends.push(() => api.stop());
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new LambdaClient({ endpoint: api.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    const { Payload } = await client.send(new InvokeCommand({ ...named, Payload: '{}' }));
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({ type: 'provisioned-concurrency' });
  });
});
