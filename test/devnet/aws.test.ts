import { PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, test } from 'vitest';
import type { LocalService } from '../../devnet/aws/aws-json-server.ts';
import { startCloud } from '../../devnet/aws/cloud.ts';
import { startDynamoDb } from '../../devnet/aws/dynamodb.ts';
import { type EventEnvelope, startEventBridge } from '../../devnet/aws/event-bridge.ts';
import { compilePattern } from '../../devnet/aws/event-pattern.ts';
import { startSecretsManager } from '../../devnet/aws/secrets-manager.ts';
import { startLambdaHost } from '../../devnet/lambda/host.ts';
import { stubStack } from '../support/stub-stack.ts';

const running: LocalService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

async function started<S extends LocalService>(starting: Promise<S>): Promise<S> {
  const service = await starting;
  running.push(service);
  return service;
}

const hashAndRange = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
];
const ledger = {
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'chain', AttributeType: 'S' },
      { AttributeName: 'targetBlock', AttributeType: 'N' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: hashAndRange('pk', 'sk'),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byTarget',
        KeySchema: hashAndRange('chain', 'targetBlock'),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
};
const bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'events' } };
const rule = (target: string, properties: object) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    State: 'ENABLED',
    Targets: [{ Arn: { 'Fn::GetAtt': [target, 'Arn'] }, Id: 'T0' }],
    ...properties,
  },
});

describe('DynamoDB', () => {
  test('has the tables and indexes of the template', async () => {
    const { client, tableNames } = await started(startDynamoDb(stubStack({}, { Ledger: ledger })));
    const Item = { pk: { S: 'a' }, sk: { S: 'b' }, chain: { S: '1' }, targetBlock: { N: '7' } };
    await client.send(new PutItemCommand({ TableName: 'Ledger', Item }));

    const KeyConditionExpression = 'chain = :chain AND targetBlock <= :block';
    const ExpressionAttributeValues = { ':chain': { S: '1' }, ':block': { N: '7' } };
    const query = {
      TableName: 'Ledger',
      IndexName: 'byTarget',
      KeyConditionExpression,
      ExpressionAttributeValues,
    };
    expect(tableNames).toEqual(['Ledger']);
    expect((await client.send(new QueryCommand(query))).Items).toEqual([Item]);
  });
});

describe('Secrets Manager', () => {
  test('gives the text of a secret and refuses an unknown one as AWS does', async () => {
    const { url } = await started(startSecretsManager({ known: 'text' }));
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new SecretsManagerClient({ endpoint: url, region: 'us-east-1', credentials });
    const get = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));

    expect(await get('known')).toMatchObject({ SecretString: 'text' });
    await expect(get('unknown')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('an event pattern', () => {
  // Cases from docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
  test.each([
    [{ source: ['aws.ec2'] }, { source: 'aws.ec2' }, true],
    [{ source: ['aws.ec2'] }, { source: 'aws.fargate' }, false],
    [{ source: ['a', 'b'] }, { source: 'b' }, true],
    [{ a: ['1'], b: ['2'] }, { a: '1', b: '3' }, false],
    [{ detail: { state: [null] } }, { detail: { state: null } }, true],
    [{ detail: { state: [''] } }, { detail: {} }, false],
    [{ detail: { n: [1] } }, { detail: { n: '1' } }, false],
    [{ resources: ['x'] }, { resources: ['w', 'x'] }, true],
    [{ time: [{ prefix: '2017-10-02' }] }, { time: '2017-10-02T18:43:48Z' }, true],
    [{ time: [{ prefix: '2017-10-02' }] }, { time: '2017-10-03T00:00:00Z' }, false],
    [{ 'detail-type': [{ 'anything-but': 'initializing' }] }, { 'detail-type': 'running' }, true],
    [{ state: [{ 'anything-but': ['stopped', 'overloaded'] }] }, { state: 'stopped' }, false],
    [{ state: [{ 'anything-but': { prefix: 'init' } }] }, { state: 'initializing' }, false],
    [{ state: [{ 'anything-but': 'stopped' }] }, {}, false],
    [{ d: [{ numeric: ['=', 3.018e2] }] }, { d: 301.8 }, true],
    [{ c: [{ numeric: ['>', 0, '<=', 5] }] }, { c: 0 }, false],
    [{ c: [{ numeric: ['>', 0, '<=', 5] }] }, { c: 5 }, true],
    [{ x: [{ numeric: ['<', 10] }] }, { x: '5' }, false],
    [{ detail: { count: [{ exists: true }] } }, { detail: { count: 0 } }, true],
    [{ detail: { count: [{ exists: true }] } }, { detail: {} }, false],
    [{ detail: { count: [{ exists: false }] } }, { detail: {} }, true],
    [{ detail: { count: [{ exists: false }, 5] } }, { detail: { count: 4 } }, false],
  ])('%j and event %j: %s', (pattern, event, matches) => {
    expect(compilePattern(pattern)(event)).toBe(matches);
  });

  test.each([
    { state: [{ suffix: '.png' }] },
    { state: [{ 'equals-ignore-case': 'x' }] },
    { $or: [{ a: ['1'] }, { b: ['2'] }] },
    { state: 'not in an array' },
    { c: [{ numeric: ['!=', 1] }] },
    { c: [{ prefix: 'a', exists: true }] },
  ])('that we do not support is refused: %j', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/not supported here/);
  });
});

describe('EventBridge', () => {
  const recorder = `const seen = []; export const handler = async (event) => { seen.push(event); return seen; };`;
  const OnUpdate = rule('Racer', {
    EventBusName: { Ref: 'Bus' },
    EventPattern: { 'detail-type': ['OraclePriceUpdate', 'NewHead'] },
  });
  const EveryMinute = rule('Settler', { ScheduleExpression: 'rate(1 minute)' });

  async function deploy() {
    const functions = { Racer: { source: recorder }, Settler: { source: recorder } };
    const template = stubStack(functions, { Bus: bus, OnUpdate, EveryMinute });
    const host = startLambdaHost({ template });
    const deliver = (arn: string, event: EventEnvelope) => host.invokeAsync(arn, event);
    running.push({ url: '', stop: () => host.stop() });
    return { host, events: await started(startEventBridge(template, deliver)) };
  }

  test('delivers an event in its envelope to the rules of its bus that match', async () => {
    const { events } = await deploy();
    const entry = { Source: 'watcher', DetailType: 'OraclePriceUpdate', Detail: '{"answer":"1"}' };
    const { Entries, FailedEntryCount, accepted } = events.putEvents([
      { ...entry, EventBusName: 'events' },
      { ...entry, EventBusName: 'events', DetailType: 'SomethingElse' },
      entry,
      { ...entry, EventBusName: 'events', Detail: 'no JSON' },
    ]);

    expect(FailedEntryCount).toBe(1);
    expect(Entries[3]).toEqual({ ErrorCode: 'InvalidArgument' });
    expect(accepted).toHaveLength(1);
    expect((await accepted[0]?.finished)?.result).toEqual([
      {
        version: '0',
        id: Entries[0]?.EventId,
        'detail-type': 'OraclePriceUpdate',
        source: 'watcher',
        account: '000000000000',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'us-east-1',
        resources: [],
        detail: { answer: '1' },
      },
    ]);
  });

  test('takes PutEvents over HTTP, as the SDK sends it', async () => {
    const { events, host } = await deploy();
    const Entries = [{ EventBusName: 'events', Source: 'watcher', DetailType: 'NewHead', Detail: '{}' }];
    const response = await put(events.url, { Entries });

    expect(await response.json()).toEqual({
      Entries: [{ EventId: expect.any(String) }],
      FailedEntryCount: 0,
    });
    await host.idle();
    const { result } = await host.invoke('Racer', 'last');
    expect(result).toMatchObject([{ 'detail-type': 'NewHead' }, 'last']);
  });

  test('refuses a bus that does not exist', async () => {
    const { events } = await deploy();
    const entry = { EventBusName: 'typo', Source: 'watcher', DetailType: 'NewHead', Detail: '{}' };
    const response = await put(events.url, { Entries: [entry] });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'ResourceNotFoundException' });
  });

  test('runs the schedules when told to', async () => {
    const { events } = await deploy();
    const [tick, ...more] = events.runSchedules();

    expect(more).toEqual([]);
    expect((await tick?.finished)?.result).toMatchObject([
      { source: 'aws.events', 'detail-type': 'Scheduled Event' },
    ]);
  });
});

describe('the cloud', () => {
  test('runs a stack: an event wakes the function, which reads the secret and writes to the table', async () => {
    const root = new URL('../../', import.meta.url);
    const source = `
      import { DynamoDBClient, PutItemCommand } from '${new URL('node_modules/@aws-sdk/client-dynamodb/dist-cjs/index.js', root)}';
      import { readSecrets } from '${new URL('lib/adapters/secrets.ts', root)}';
      const { rpcUrl } = await readSecrets(process.env.SECRET_ID);
      export const handler = async ({ detail }) => {
        console.log(rpcUrl);
        const Item = { pk: { S: detail.id }, sk: { S: rpcUrl } };
        await new DynamoDBClient().send(new PutItemCommand({ TableName: process.env.TABLE_NAME, Item }));
      };`;
    const Variables = { TABLE_NAME: { Ref: 'Ledger' }, SECRET_ID: { Ref: 'Secret' } };
    const functions = { Racer: { source, properties: { Environment: { Variables } } } };
    const OnUpdate = rule('Racer', { EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['watcher'] } });
    const resources = { Ledger: ledger, Bus: bus, OnUpdate, Secret: { Type: 'AWS::SecretsManager::Secret' } };
    const key = `0x${'1'.repeat(64)}`;
    const secret = JSON.stringify({
      rpcUrl: 'http://node.example',
      operatorKeys: [key],
      relayIdentityKey: key,
    });

    const lines: string[] = [];
    const onLog = (name: string, line: string) => lines.push(`${name} ${line}`);
    const cloud = await startCloud({ template: stubStack(functions, resources), secret, onLog });
    running.push({ url: '', stop: () => cloud.stop() });
    const { accepted } = cloud.publish([{ Source: 'watcher', DetailType: 'NewHead', Detail: '{"id":"a"}' }]);

    expect(await accepted[0]?.finished).toMatchObject({ result: null, coldStart: true });
    const { Items } = await cloud.dynamodb.client.send(new ScanCommand({ TableName: cloud.tableName }));
    expect(Items).toEqual([{ pk: { S: 'a' }, sk: { S: 'http://node.example' } }]);
    expect(lines).toEqual([expect.stringMatching(/^Racer .*http:\/\/node\.example$/)]);
  });

  const others = { Ledger: ledger, Bus: bus, Secret: { Type: 'AWS::SecretsManager::Secret' } };

  test("has the template's keys in KMS, where a function finds them under what it is told", async () => {
    const root = new URL('../../', import.meta.url);
    const source = `
      import { kmsOperator } from '${new URL('lib/adapters/kms-operator.ts', root)}';
      const { address } = await kmsOperator(process.env.SIGNER_KEY_ID);
      export const handler = async () => address;`;
    const Variables = { SIGNER_KEY_ID: { Ref: 'OperatorKey' } };
    const functions = { Racer: { source, properties: { Environment: { Variables } } } };
    const key = (KeySpec: string) => ({
      Type: 'AWS::KMS::Key',
      Properties: { KeySpec, KeyUsage: 'SIGN_VERIFY' },
    });
    const template = stubStack(functions, { ...others, OperatorKey: key('ECC_SECG_P256K1') });
    const cloud = await startCloud({ template, secret: '{}' });
    running.push({ url: '', stop: () => cloud.stop() });

    expect(cloud.operators).toHaveLength(1);
    expect(await cloud.lambda.invoke('Racer', {})).toMatchObject({ result: cloud.operators[0] });
    const other = stubStack(functions, { ...others, OperatorKey: key('RSA_2048') });
    await expect(startCloud({ template: other, secret: '{}' })).rejects.toThrow(
      /OperatorKey is no secp256k1 key/,
    );
  });

  test('does not come up where a warm version cannot start, as its deployment would be rolled back', async () => {
    const Version = {
      Type: 'AWS::Lambda::Version',
      Properties: {
        FunctionName: { Ref: 'Racer' },
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      },
    };
    const source = `throw new RangeError('no executor yet');`;
    const template = stubStack({ Racer: { source } }, { ...others, Version });
    await expect(startCloud({ template, secret: '{}' })).rejects.toThrow(/RangeError: no executor yet/);
  });
});

function put(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
