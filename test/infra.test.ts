import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { version } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functionsIn } from '../devnet/lambda/function-definition.ts';
import { readTemplate } from '../devnet/lambda/template.ts';
import { type Deployment, readDeployment } from '../lib/infra/deployment.ts';
import { FUNCTIONS } from '../lib/infra/functions.ts';
import { LiquidatorStack } from '../lib/infra/liquidator-stack.ts';

const deployment: Deployment = {
  network: 'local',
  chainId: 31337,
  networkJson: '{"network":"local"}',
  reservedConcurrency: 5,
  restart: undefined,
  minOperatorBalanceEth: 0.02,
  options: {
    signer: 'secret',
    provisionedConcurrency: 0,
    logRetentionDays: 90,
    maxMinutesWithoutUpdate: 120,
  },
};

const folder = mkdtempSync(join(tmpdir(), 'infra-'));
afterAll(() => rmSync(folder, { recursive: true }));

let template: Template;
/** The asset of each function, by its source path. */
let bundles: ReadonlyMap<string, string>;

beforeAll(() => {
  const context = { ...recommended, 'aws:cdk:enable-asset-metadata': true };
  const app = new App({ outdir: join(folder, 'cdk.out'), context, analyticsReporting: false });
  const stack = new LiquidatorStack(app, 'Liquidator', deployment);
  const { directory } = app.synth();
  template = Template.fromStack(stack);
  const definitions = functionsIn(readTemplate(join(directory, 'Liquidator.template.json')));
  bundles = new Map(
    definitions.map(({ description, assetPath }) => [
      description,
      readFileSync(join(assetPath, 'index.mjs'), 'utf8'),
    ]),
  );
});

describe('the ledger', () => {
  test('outlives the stack and can be restored', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
  });

  test('is keyed by pk and sk, and found by day and by target block', () => {
    const key = (hash: string, range: string) => [
      { AttributeName: hash, KeyType: 'HASH' },
      { AttributeName: range, KeyType: 'RANGE' },
    ];
    const index = (IndexName: string, KeySchema: unknown) => Match.objectLike({ IndexName, KeySchema });
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: key('pk', 'sk'),
      GlobalSecondaryIndexes: [
        index('byDay', key('day', 'at')),
        index('byTarget', key('chain', 'targetBlock')),
      ],
      AttributeDefinitions: Match.arrayWith([{ AttributeName: 'targetBlock', AttributeType: 'N' }]),
    });
  });
});

describe('every function', () => {
  test('runs Node 24 on arm64 with JSON logs, and is described by its source', () => {
    const properties = { Architectures: ['arm64'], Runtime: 'nodejs24.x', Handler: 'index.handler' };
    const LoggingConfig = Match.objectLike({ LogFormat: 'JSON', LogGroup: Match.anyValue() });
    const sources = FUNCTIONS.map(({ source }) => source);

    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { ...properties, LoggingConfig },
      sources.length,
    );
    expect([...bundles.keys()].sort()).toEqual([...sources].sort());
  });

  test('is told its network, its table and where the secret is, but not the secret', () => {
    const Variables = {
      LIQUIDATOR_CONFIG: deployment.networkJson,
      TABLE_NAME: { Ref: theId('AWS::DynamoDB::GlobalTable') },
      SECRET_ID: { Ref: theId('AWS::SecretsManager::Secret') },
    };
    const told: Record<string, object> = {
      'functions/on-oracle-update.ts': {
        RACER_FUNCTIONS: { Ref: functionId('functions/on-oracle-update.ts') },
      },
      'functions/refresh-watchlist.ts': {
        REFRESHER_FUNCTION: { Ref: functionId('functions/refresh-watchlist.ts') },
      },
    };
    for (const { source, invokes = [], sendsWork } of FUNCTIONS) {
      const names = Object.assign({}, ...invokes.map((invoked) => told[invoked]));
      const queue = sendsWork ? { BACKFILL_QUEUE_URL: { Ref: queueId('Backfill') } } : {};
      const expected = {
        Description: source,
        Environment: { Variables: { ...Variables, ...names, ...queue } },
      };
      template.resourcePropertiesCountIs('AWS::Lambda::Function', expected, 1);
    }
    template.hasResource('AWS::SecretsManager::Secret', {
      // Not where the deployment that creates it fails.
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { SecretString: Match.absent(), GenerateSecretString: Match.absent() },
    });
  });

  test('keeps its logs in a group of its own, for a limited time', () => {
    template.resourceCountIs('AWS::Logs::LogGroup', FUNCTIONS.length);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  test('gets one attempt at an event, within a minute; what fails is kept', () => {
    const queueArn = { 'Fn::GetAtt': [queueId('DeadLetters'), 'Arn'] };
    const once = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };
    const DestinationConfig = { OnFailure: { Destination: queueArn } };

    template.resourceCountIs('AWS::Lambda::EventInvokeConfig', FUNCTIONS.length);
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', { ...once, DestinationConfig });
    template.allResourcesProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ RetryPolicy: once, DeadLetterConfig: { Arn: queueArn } })],
    });
  });
});

describe('the backfill', () => {
  test('gets its work from a queue, one piece each, many at once; what fails comes again, and ends as a dead letter', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [queueId('Backfill'), 'Arn'] },
      FunctionName: { Ref: functionId('functions/backfill-watchlist.ts') },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 8 },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [queueId('DeadLetters'), 'Arn'] },
        maxReceiveCount: 5,
      },
      // Six times the function's own limit, as AWS asks for.
      VisibilityTimeout: 3_600,
    });
  });
});

describe('the racing function', () => {
  test('has a whole core, 15 s and the reserved concurrency', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'functions/on-oracle-update.ts',
      MemorySize: 1769,
      Timeout: 15,
      ReservedConcurrentExecutions: 5,
    });
  });

  test('is woken by price updates and new heads on our bus, the settling one every minute', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: theId('AWS::Events::EventBus') },
      EventPattern: { 'detail-type': ['OraclePriceUpdate', 'NewHead'] },
      Targets: [
        Match.objectLike({ Arn: { 'Fn::GetAtt': [functionId('functions/on-oracle-update.ts'), 'Arn'] } }),
      ],
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        Match.objectLike({ Arn: { 'Fn::GetAtt': [functionId('functions/settle-outcomes.ts'), 'Arn'] } }),
      ],
    });
  });
});

describe('the watching function', () => {
  test('lives as long as Lambda allows, is looked after every minute, and may call its successor without end', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'functions/watch-prices.ts',
      Timeout: 900,
      RecursiveLoop: 'Allow',
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        Match.objectLike({ Arn: { 'Fn::GetAtt': [functionId('functions/watch-prices.ts'), 'Arn'] } }),
      ],
    });
  });
});

describe('the webhooks', () => {
  test('have a URL that anybody may call', () => {
    template.resourceCountIs('AWS::Lambda::Url', 2);
    template.hasResourceProperties('AWS::Lambda::Url', {
      AuthType: 'NONE',
      TargetFunctionArn: { 'Fn::GetAtt': [functionId('functions/receive-webhook.ts'), 'Arn'] },
    });
  });
});

describe('the dashboard', () => {
  test('has a URL for callers whom IAM knows', () => {
    template.hasResourceProperties('AWS::Lambda::Url', {
      AuthType: 'AWS_IAM',
      TargetFunctionArn: { 'Fn::GetAtt': [functionId('functions/dashboard.ts'), 'Arn'] },
    });
  });
});

describe('permissions', () => {
  const actionsOf = (source: string) =>
    statementsOf(source)
      .flatMap(({ Action }) => Action)
      .sort();

  test('are these and no others', () => {
    const all = [
      ...['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      ...['dynamodb:UpdateItem', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      'secretsmanager:GetSecretValue',
      ...['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    ];
    expect(actionsOf('functions/on-oracle-update.ts')).toEqual(all);
    expect(actionsOf('functions/settle-outcomes.ts')).toEqual(all);
    expect(actionsOf('functions/dashboard.ts')).toEqual([
      ...['dynamodb:GetItem', 'dynamodb:Query', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ...['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    ]);
    expect(actionsOf('functions/refresh-watchlist.ts')).toEqual(all);
    expect([...new Set(actionsOf('functions/backfill-watchlist.ts'))]).toEqual(
      [...all, 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'].sort(),
    );
    const invoking = [...all, 'lambda:InvokeFunction'].sort();
    expect(actionsOf('functions/watch-prices.ts')).toEqual(invoking);
    expect(actionsOf('functions/receive-webhook.ts')).toEqual(invoking);
  });

  test('to update reach nothing but the budget: facts are written once', () => {
    const updates = FUNCTIONS.flatMap(({ source }) => statementsOf(source)).filter(({ Action }) =>
      [Action].flat().includes('dynamodb:UpdateItem'),
    );
    expect(updates).not.toEqual([]);
    for (const { Condition, Action } of updates) {
      expect(Action).toBe('dynamodb:UpdateItem');
      expect(Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['BUDGET#*'] } });
    }
  });

  test('name their resources exactly', () => {
    const resources = FUNCTIONS.flatMap(({ source }) => statementsOf(source)).map(({ Resource }) => Resource);

    expect(resources).not.toEqual([]);
    expect(JSON.stringify(resources)).not.toContain('*');
  });

  test('to call others are for the racer, and for the watcher itself', () => {
    const invocable = (source: string) =>
      statementsOf(source).flatMap(({ Action, Resource }) =>
        Action === 'lambda:InvokeFunction' ? [Resource].flat() : [],
      );
    const arn = (source: string) => ({ 'Fn::GetAtt': [functionId(source), 'Arn'] });
    const racer = arn('functions/on-oracle-update.ts');
    expect(invocable('functions/receive-webhook.ts')).toEqual([racer]);
    const [refresher, watcher] = [arn('functions/refresh-watchlist.ts'), arn('functions/watch-prices.ts')];
    expect(invocable('functions/watch-prices.ts')).toEqual([racer, refresher, watcher]);
  });

  test('come from no managed policy', () => {
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });
});

describe('the bundle of the racing function', () => {
  const bundle = () => bundles.get('functions/on-oracle-update.ts') ?? '';

  test('holds ethers once', () => {
    expect(bundle().split(`"${version}"`)).toHaveLength(2);
    expect(bundle().split('could not coalesce error')).toHaveLength(2);
  });

  test('keeps the names of our errors, which minifying takes from classes', () => {
    for (const name of ['ConfigError', 'EventError', 'ChainError', 'StoreError']) {
      expect(bundle()).toMatch(new RegExp(`["'\`]${name}["'\`]`));
    }
  });

  test('stays below 900 KiB', () => {
    expect(Buffer.byteLength(bundle())).toBeLessThan(900 * 1024);
  });
});

test.each(['eth_sendRawTransaction', 'eth_sendTransaction'])('no function can ask a node to %s', (method) => {
  for (const [source, bundle] of bundles) {
    // The dashboard reads the ledger and asks no node anything.
    expect(bundle.includes('eth_getBlockByNumber')).toBe(source !== 'functions/dashboard.ts');
    expect(bundle.includes(method)).toBe(false);
  }
});

describe('racers that share the protocols', () => {
  const racers = [['aaveV3[0]'], ['morphoBlue', 'compoundV3[0]']];
  const shares = new App({ outdir: join(folder, 'shared.out'), analyticsReporting: false });
  const options = { ...deployment.options, racers, signer: 'kms' as const };
  const template = Template.fromStack(
    new LiquidatorStack(shares, 'Liquidator', { ...deployment, options }, FUNCTIONS),
  );
  const RACER = 'functions/on-oracle-update.ts';
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const ids = functions
    .filter(([, { Properties }]) => Properties.Description.startsWith(RACER))
    .map(([id]) => id);

  test('are told what each holds, and are woken by the same events', () => {
    expect(ids).toHaveLength(2);
    for (const protocols of racers) {
      template.hasResourceProperties('AWS::Lambda::Function', {
        Description: [RACER, ...protocols].join(' '),
        Environment: { Variables: Match.objectLike({ RACER_PROTOCOLS: protocols.join(',') }) },
      });
    }
    const rules = Object.values(template.findResources('AWS::Events::Rule'));
    const patterns = rules.map(({ Properties }) => Properties.EventPattern?.['detail-type']);
    expect(patterns.filter((one) => one?.includes('OraclePriceUpdate'))).toHaveLength(2);
  });

  test('are both called by whoever hears of a price', () => {
    for (const source of ['functions/watch-prices.ts', 'functions/receive-webhook.ts']) {
      template.hasResourceProperties('AWS::Lambda::Function', {
        Description: source,
        Environment: {
          Variables: Match.objectLike({
            RACER_FUNCTIONS: { 'Fn::Join': ['', [{ Ref: ids[0] }, ',', { Ref: ids[1] }]] },
          }),
        },
      });
    }
  });

  test('have a key each', () => {
    template.resourceCountIs('AWS::KMS::Key', 2);
  });
});

describe('a deployment', () => {
  const address = `0x${'1'.repeat(40)}`;
  const local = {
    network: 'local',
    chainId: 31337,
    secondsPerSlot: 12,
    contracts: { executor: address, weth: address, multicall3: address },
    aaveV3: [{ poolAddressesProvider: address, deployedAtBlock: 0 }],
    uniswapV3: { factory: address },
    relays: [{ name: 'local', url: 'http://127.0.0.1:9000' }],
    policy: {
      bidBps: 9000,
      minProfitWei: '1',
      maxGasCostWei: '1000000000000000000',
      priorityFeeWei: '0',
      confirmations: 2,
      maxBookAgeBlocks: 1,
      maxEventAgeMs: 5000,
    },
    timeoutsMs: { chain: 1000, relay: 1000, simulation: 1000 },
  };
  const read = (context: Record<string, unknown>) => readDeployment(new App({ context }).node);

  test('is read from the configuration of its network', () => {
    const { networkJson, ...rest } = read({ config: configFile(local) });

    expect(rest).toEqual({ ...deployment, networkJson: undefined, reservedConcurrency: undefined });
    expect(JSON.parse(networkJson)).toEqual(local);
  });

  test.each([
    [5, 5],
    ['0', 0],
    ['unreserved', undefined],
  ])('with reservedConcurrency %s reserves %s', (given, reserved) => {
    expect(read({ config: configFile(local), reservedConcurrency: given }).reservedConcurrency).toBe(
      reserved,
    );
  });

  test('starts every Lambda anew, warm versions included, where it is told to', () => {
    expect(read({ config: configFile(local), restart: '2026-11-22' }).restart).toBe('2026-11-22');
    expect(() => read({ config: configFile(local), restart: '$(date)' })).toThrow(/give a short word/);
    const options = { ...deployment.options, provisionedConcurrency: 1 };
    const [before, after] = [undefined, 'today'].map((restart) => {
      const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
      const stack = new LiquidatorStack(app, 'Liquidator', { ...deployment, restart, options });
      return Template.fromStack(stack);
    });
    after?.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ RESTART: 'today' }) },
    });
    const versionIds = (one: Template | undefined) =>
      Object.keys(one?.findResources('AWS::Lambda::Version') ?? {});
    expect(versionIds(after)).not.toEqual(versionIds(before));
  });

  test('publishes another version for another number of warm racers, since none can change its own', () => {
    const versionsOf = (provisionedConcurrency: number) => {
      const own = read({ config: configFile({ ...local, deployment: { provisionedConcurrency } }) });
      const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
      return Template.fromStack(new LiquidatorStack(app, 'Liquidator', own)).findResources(
        'AWS::Lambda::Version',
      );
    };
    const [one, two] = [versionsOf(1), versionsOf(2)].map((versions) => Object.keys(versions));
    expect(one).toHaveLength(1);
    expect(two).toHaveLength(1);
    expect(one).not.toEqual(two);
  });

  test('names in its outputs whatever a person has to ask AWS about', () => {
    const names = Object.keys(template.findOutputs('*'));
    for (const { source } of FUNCTIONS) {
      const words = source.replace(/^functions\/(.*)\.ts$/, '$1').split('-');
      const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
      expect(names).toContain(`${name}Name`);
    }
    for (const name of ['TableName', 'SecretId', 'EventBusName', 'DeadLettersUrl', 'AlarmTopicArn'])
      expect(names).toContain(name);
    const keyed = { ...deployment, options: { ...deployment.options, signer: 'kms' as const } };
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
    Template.fromStack(new LiquidatorStack(app, 'Liquidator', keyed)).hasOutput('OperatorKeyId', {
      Value: { Ref: Match.stringLikeRegexp('^OperatorKey') },
    });
  });

  test('refuses what it does not understand, and says what to pass', () => {
    expect(() => read({ network: 'goerli' })).toThrow(/goerli\.json cannot be read.*-c network=/);
    const many = { config: configFile(local), reservedConcurrency: 'many' };
    expect(() => read(many)).toThrow(/"many": give a whole number/);
  });

  test('refuses to leave a protocol without a racer, or to give it two', () => {
    const shared = (...racers: string[][]) =>
      read({ config: configFile({ ...local, morphoBlue: { morpho: address }, deployment: { racers } }) });
    expect(shared(['aaveV3[0]'], ['morphoBlue']).options.racers).toHaveLength(2);
    expect(() => shared(['aaveV3[0]'])).toThrow(
      /name each of aaveV3\[0\], morphoBlue once; look at morphoBlue/,
    );
    expect(() => shared(['aaveV3[0]', 'morphoBlue'], ['morphoBlue'])).toThrow(/look at morphoBlue/);
    expect(() => shared(['aaveV3[0]', 'morphoBlue'], ['aaveV9'])).toThrow(/look at aaveV9/);
  });

  test('refuses racers that would wait warm before they can start, or beyond what may run', () => {
    const warm = (config: object, reservedConcurrency?: number) => {
      const path = configFile({ ...config, deployment: { provisionedConcurrency: 2 } });
      return read({ config: path, ...(reservedConcurrency !== undefined && { reservedConcurrency }) });
    };
    const { executor: _, ...others } = local.contracts;
    expect(() => warm({ ...local, contracts: others })).toThrow(/before there is an executor: deploy with 0/);
    // A deployment has the old ones and the new ones warm at once.
    expect(() => warm(local, 3)).toThrow(/2 racers, and as many again .* more than the 3/);
    for (const enough of [4, undefined]) expect(warm(local, enough).options.provisionedConcurrency).toBe(2);
  });

  test('is of the network that it is told, and of none by itself', () => {
    expect(() => read({})).toThrow(/Which network\? Pass -c network=mainnet/);
    expect(read({ network: 'mainnet' }).chainId).toBe(1);
  });

  test('refuses a configuration that does not fit a Lambda', () => {
    const relays = Array.from({ length: 99 }, (_, i) => ({
      name: `relay ${i}`,
      url: `https://relay-${i}.example`,
    }));
    expect(() => read({ config: configFile({ ...local, relays }) })).toThrow(/takes \d+ bytes/);
  });

  test('leaves room in the environment for all other variables, as AWS counts them', () => {
    const racers = [['aaveV3[0]'], ['morphoBlue']];
    const morphoBlue = { morpho: address };
    const shared = { ...local, morphoBlue, deployment: { racers } };
    const builders = Object.fromEntries(
      Array.from({ length: 99 }, (_, i) => [`0x${String(i).padStart(40, '0')}`, 'x']),
    );
    const refused = thrownBy(() => read({ config: configFile({ ...shared, builders }) }));
    const most = Number(/holds (\d+) of it/.exec(refused)?.[1]);
    expect(most).toBeGreaterThan(3_000);

    const app = new App({
      ...{ outdir: join(folder, 'room.out'), analyticsReporting: false },
      context: { 'aws:cdk:bundling-stacks': [] },
    });
    const options = { ...deployment.options, racers, signer: 'kms' as const, provisionedConcurrency: 2 };
    const restart = 'x'.repeat(32);
    const stack = new LiquidatorStack(app, 'Liquidator', { ...deployment, restart, options });
    const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    for (const { Properties } of functions) {
      const { LIQUIDATOR_CONFIG: _, ...others } = Properties.Environment.Variables;
      const asCounted = JSON.stringify({ LIQUIDATOR_CONFIG: '', ...others }, (_, value) => longest(value));
      expect(asCounted.length + most, Properties.Description).toBeLessThanOrEqual(4_096);
    }
  });
});

/** In place of a reference to a resource: the longest name or ARN that AWS could have made for it. */
function longest(value: unknown): unknown {
  const { Ref: id, 'Fn::Join': join } = Object(value);
  if (Array.isArray(join)) return join[1].map((part: unknown) => longest(part)).join(join[0]);
  if (typeof id !== 'string') return value;
  if (/Warm/.test(id))
    return `arn:aws:lambda:ap-southeast-1:${'1'.repeat(12)}:function:${'x'.repeat(64)}:warm`;
  if (/Secret/.test(id))
    return `arn:aws:secretsmanager:ap-southeast-1:${'1'.repeat(12)}:secret:${id}-${'x'.repeat(19)}`;
  if (/Queue/.test(id)) return `https://sqs.ap-southeast-1.amazonaws.com/${'1'.repeat(12)}/${'x'.repeat(80)}`;
  return 'x'.repeat(64);
}

function thrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  throw new Error('Nothing was thrown.');
}

function configFile(json: unknown): string {
  const path = join(folder, 'network.json');
  writeFileSync(path, JSON.stringify(json));
  return path;
}

function theId(type: string): string {
  const [id, ...more] = Object.keys(template.findResources(type));
  if (id === undefined || more.length > 0) throw new Error(`There is not exactly one ${type}.`);
  return id;
}

/** By the construct that it is in. */
function queueId(construct: 'DeadLetters' | 'Backfill'): string {
  const ids = Object.keys(template.findResources('AWS::SQS::Queue'));
  const id = ids.find((one) => one.startsWith(construct));
  if (id === undefined) throw new Error(`There is no queue ${construct}.`);
  return id;
}

function functionId(source: string): string {
  const [id] = Object.keys(
    template.findResources('AWS::Lambda::Function', { Properties: { Description: source } }),
  );
  if (id === undefined) throw new Error(`There is no function ${source}.`);
  return id;
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Of the policies attached to the function's own role. */
function statementsOf(source: string): Statement[] {
  const role =
    template.findResources('AWS::Lambda::Function')[functionId(source)]?.Properties.Role['Fn::GetAtt'][0];
  const policies = template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: role }] } });
  return Object.values(policies).flatMap((policy): Statement[] => policy.Properties.PolicyDocument.Statement);
}
