import { afterEach, describe, expect, test } from 'vitest';
import { type LambdaHost, type LambdaHostOptions, startLambdaHost } from '../../devnet/lambda/host.ts';
import { type StubFunction, stubStack } from '../support/stub-stack.ts';

let host: LambdaHost | undefined;
afterEach(async () => host?.stop());

function start(
  functions: Record<string, StubFunction>,
  resources: Record<string, unknown> = {},
  options: Partial<LambdaHostOptions> = {},
): LambdaHost {
  host = startLambdaHost({ template: stubStack(functions, resources), ...options });
  return host;
}

const counter = `let calls = 0;
export const handler = async (event) => { console.log('call', event.name); return { calls: ++calls, pid: process.pid }; };`;

describe('an environment', () => {
  test('is started once and reused while warm, each call with its own log lines', async () => {
    const lambda = start({ Counter: { source: counter } });
    const first = await lambda.invoke('Counter', { name: 'a' });
    const second = await lambda.invoke('Counter', { name: 'b' });

    expect(first).toMatchObject({ coldStart: true, result: { calls: 1 } });
    expect(first.initMs).toBeGreaterThan(0);
    expect(second).toMatchObject({ coldStart: false, initMs: 0, result: { calls: 2 } });
    expect(first.logs).toHaveLength(1);
    expect(first.logs[0]).toContain('call a');
    expect(second.logs[0]).toContain('call b');
  });

  test('is one of several when calls overlap, up to the reserved concurrency', async () => {
    const lambda = start({ Counter: { source: counter, properties: { ReservedConcurrentExecutions: 2 } } });
    const calls = await Promise.all(['a', 'b', 'c'].map((name) => lambda.invoke('Counter', { name })));

    expect(calls.map((call) => call.error?.errorType)).toEqual([
      undefined,
      undefined,
      'TooManyRequestsException',
    ]);
    expect(calls.filter((call) => call.coldStart)).toHaveLength(2);
    const pids = calls.slice(0, 2).map((call) => (call.result as { pid: number }).pid);
    expect(new Set(pids).size).toBe(2);
  });

  test('is killed at the timeout, and the next call gets a new one', async () => {
    const source = `let warm = false;
export const handler = async ({ hang }) => { if (hang) for (;;); const was = warm; warm = true; return was; };`;
    const lambda = start({ Slow: { source, properties: { Timeout: 1 } } });
    await lambda.invoke('Slow', {});
    const hung = await lambda.invoke('Slow', { hang: true });
    const next = await lambda.invoke('Slow', {});

    expect(hung.error).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(hung.error?.errorMessage).toMatch(/Task timed out after 1\.00 seconds$/);
    expect(next).toMatchObject({ coldStart: true, result: false });
  });

  test.each([
    ['process.exit(3)', 'exit status 3'],
    ['process.kill(process.pid, "SIGKILL")', 'signal: SIGKILL'],
    ['const all = []; for (;;) all.push(new Array(1e5).fill(all.length))', 'signal: SIGABRT'],
  ])('that dies of %s is Runtime.ExitError, and the next call gets a new one', async (code, how) => {
    const source = `export const handler = async ({ die }) => { if (die) { ${code} } return 'alive'; };`;
    const lambda = start({ Mortal: { source, properties: { MemorySize: 128 } } });
    const died = await lambda.invoke('Mortal', { die: true });

    expect(died.error?.errorType).toBe('Runtime.ExitError');
    expect(died.error?.errorMessage).toContain(how);
    expect(await lambda.invoke('Mortal', {})).toMatchObject({ coldStart: true, result: 'alive' });
  });

  test('sees what Lambda and the template set, and nothing of ours', async () => {
    process.env.OURS = 'leaked';
    const resources = {
      Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} },
      Secret: { Type: 'AWS::SecretsManager::Secret' },
    };
    const Variables = {
      TABLE_NAME: { Ref: 'Table' },
      INDEX: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Table', 'Arn'] }, '/index/byDay']] },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholder.
      SECRET_ID: { 'Fn::Sub': '${Secret}' },
    };
    const lambda = start(
      {
        Env: {
          source: 'export const handler = async () => process.env;',
          properties: { Environment: { Variables } },
        },
      },
      resources,
      { endpoints: { dynamodb: 'http://127.0.0.1:1', secretsManager: 'http://127.0.0.1:2' } },
    );
    const { result } = await lambda.invoke('Env', {});
    delete process.env.OURS;

    expect(result).toMatchObject({
      TABLE_NAME: 'Table',
      INDEX: 'arn:aws:dynamodb:us-east-1:000000000000:table/Table/index/byDay',
      SECRET_ID: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:Secret',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:2',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
    });
    expect(result).not.toHaveProperty('OURS');
    expect(result).not.toHaveProperty('HOME');
    expect(result).not.toHaveProperty('AWS_ENDPOINT_URL_EVENTBRIDGE');
  });
});

describe('a failure', () => {
  test('thrown by the handler keeps its type and leaves the environment warm', async () => {
    const source = `class FeedError extends Error { name = 'FeedError'; }
export const handler = async ({ fail }) => { if (fail) throw new FeedError('stale'); return 'ok'; };`;
    const lambda = start({ Thrower: { source } });
    const failed = await lambda.invoke('Thrower', { fail: true });

    expect(failed.error).toMatchObject({ errorType: 'FeedError', errorMessage: 'stale' });
    expect(failed.error?.trace?.[0]).toContain('stale');
    expect(await lambda.invoke('Thrower', {})).toMatchObject({ coldStart: false, result: 'ok' });
  });

  test('of the module to load is reported with its cause', async () => {
    const lambda = start({ Broken: { source: `throw new TypeError('no configuration');` } });
    const broken = await lambda.invoke('Broken', {});

    expect(broken).toMatchObject({
      coldStart: true,
      error: { errorType: 'TypeError', errorMessage: 'no configuration' },
    });
  });

  test('to answer within 6 MB is an error of the function', async () => {
    const lambda = start({ Big: { source: `export const handler = async () => 'x'.repeat(7e6);` } });
    const big = await lambda.invoke('Big', {});

    expect(big.error?.errorType).toBe('Function.ResponseSizeTooLarge');
  });

  test('to name a known function lists those there are', async () => {
    const lambda = start({ A: { source: counter, properties: { Description: 'functions/a.ts' } } });

    await expect(lambda.invoke('functions/b.ts', {})).rejects.toThrow(/functions\/a\.ts/);
    expect(await lambda.invoke('functions/a.ts', {})).toMatchObject({ result: { calls: 1 } });
  });
});

describe('an asynchronous event', () => {
  const flaky = `let calls = 0;
export const handler = async ({ failures }) => { if (++calls <= failures) throw new Error('not yet'); return calls; };`;
  const queue = { Queue: { Type: 'AWS::SQS::Queue' } };
  const onFailure = { DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Queue', 'Arn'] } } } };

  test('is retried after one and two minutes when the template does not say otherwise', async () => {
    const { clock, slept } = fakeClock();
    const lambda = start({ Flaky: { source: flaky } }, {}, { clock });
    const { finished } = lambda.invokeAsync('Flaky', { failures: 2 });

    expect(await finished).toMatchObject({ result: 3, coldStart: false });
    expect(slept).toEqual([60_000, 120_000]);
    expect(lambda.deadLetters).toEqual([]);
  });

  test('goes to the failure destination when its attempts are used up', async () => {
    const eventInvoke = { MaximumRetryAttempts: 0, ...onFailure };
    const lambda = start({ Flaky: { source: flaky, eventInvoke } }, queue);
    lambda.invokeAsync('Flaky', { failures: 1 });
    await lambda.idle();

    expect(lambda.deadLetters).toMatchObject([
      {
        destination: 'arn:aws:sqs:us-east-1:000000000000:Queue',
        condition: 'RetriesExhausted',
        attempts: 1,
        event: { failures: 1 },
        invocation: { error: { errorMessage: 'not yet' } },
      },
    ]);
  });

  test('goes there untried again when it has grown too old', async () => {
    const { clock } = fakeClock();
    const lambda = start(
      { Flaky: { source: flaky, eventInvoke: { MaximumEventAgeInSeconds: 60 } } },
      {},
      { clock },
    );
    lambda.invokeAsync('Flaky', { failures: 9 });
    await lambda.idle();

    // 60 s after the first attempt is not yet too old; 180 s after it, before the third, is.
    expect(lambda.deadLetters).toMatchObject([{ condition: 'EventAgeExceeded', attempts: 2 }]);
  });

  test('waits for the one environment in turn', async () => {
    const source = `const seen = []; export const handler = async ({ n }) => { seen.push(n); return [...seen]; };`;
    const lambda = start({ Single: { source, properties: { ReservedConcurrentExecutions: 1 } } });
    const events = [1, 2, 3].map((n) => lambda.invokeAsync('Single', { n }).finished);

    expect((await Promise.all(events)).map(({ result }) => result)).toEqual([[1], [1, 2], [1, 2, 3]]);
  });

  test('never runs while the reserved concurrency is 0', async () => {
    const properties = { ReservedConcurrentExecutions: 0 };
    const lambda = start({ Stopped: { source: flaky, properties } });
    lambda.invokeAsync('Stopped', { failures: 0 });
    await lambda.idle();

    expect(lambda.deadLetters).toMatchObject([{ condition: 'ZeroReservedConcurrency', attempts: 0 }]);
    expect((await lambda.invoke('Stopped', {})).error?.errorType).toBe('TooManyRequestsException');
  });
});

/** Time that passes only by sleeping. */
function fakeClock() {
  const slept: number[] = [];
  const now = () => slept.reduce((sum, ms) => sum + ms, 0);
  const sleep = async (ms: number) => void slept.push(ms);
  return { slept, clock: { now, sleep } };
}
