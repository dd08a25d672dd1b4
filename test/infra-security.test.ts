import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, USED_BY_FLASHBOTS } from '../lib/infra/bundle.ts';
import { type Deployment, readDeployment } from '../lib/infra/deployment.ts';
import { FUNCTIONS } from '../lib/infra/functions.ts';
import { LiquidatorStack } from '../lib/infra/liquidator-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'infra-security-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing is bundled: these tests are about the template. */
function stackOf(name: string, options: Partial<Deployment['options']> = {}) {
  const context = { ...recommended, network: 'mainnet', 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir: join(folder, name), context, analyticsReporting: false });
  const deployment = readDeployment(app.node);
  const stack = new LiquidatorStack(app, 'Liquidator', {
    ...deployment,
    options: { ...deployment.options, ...options },
  });
  return { app, stack };
}

const templateOf = (name: string, options?: Partial<Deployment['options']>): Template =>
  Template.fromStack(stackOf(name, options).stack);

describe('cdk-nag', () => {
  test.each([
    ['as it comes', {}],
    ['with all that is optional', { signer: 'kms', provisionedConcurrency: 2, alarmEmail: 'me@example.com' }],
  ] as const)('has nothing to say that is not answered: the stack %s', (name, options) => {
    const { app } = stackOf(`nag ${name}`, options);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    expect(() => app.synth()).not.toThrow();
    const report = JSON.parse(readFileSync(join(folder, `nag ${name}`, 'validation-report.json'), 'utf8'));
    expect(
      report.pluginReports.map(({ conclusion, violations }: Record<string, unknown>) => [
        conclusion,
        violations,
      ]),
    ).toEqual([
      ['success', []],
      ['success', []],
    ]);
  });
});

describe('permissions', () => {
  /** `npx vitest run test/infra-security.test.ts -u` writes it anew: review every line of the difference. */
  test('are exactly those that were reviewed', async () => {
    const template = templateOf('policies', { signer: 'kms' });
    const policies = Object.entries(template.findResources('AWS::IAM::Policy')).map(([id, policy]) => [
      id.replace(/[0-9A-F]{8}$/, ''),
      policy.Properties.PolicyDocument.Statement,
    ]);
    const key = Object.values(template.findResources('AWS::KMS::Key')).map(
      ({ Properties }) => Properties.KeyPolicy.Statement,
    );
    const topic = Object.values(template.findResources('AWS::SNS::TopicPolicy')).map(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    const reviewed = JSON.stringify({ ...Object.fromEntries(policies), key, topic }, null, 2);
    await expect(`${reviewed}\n`).toMatchFileSnapshot('./vectors/policies.json');
  });

  test('a key in KMS signs digests for the racer alone, and nobody may export it', () => {
    const template = templateOf('kms', { signer: 'kms' });
    const [racer] = Object.values(
      template.findResources('AWS::Lambda::Function', {
        Properties: { Description: 'functions/on-oracle-update.ts' },
      }),
    );
    const role = racer?.Properties.Role;
    template.hasResource('AWS::KMS::Key', {
      // Not where the deployment that creates it fails.
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        KeySpec: 'ECC_SECG_P256K1',
        KeyUsage: 'SIGN_VERIFY',
        KeyPolicy: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: 'kms:Sign',
              Principal: { AWS: role },
              Condition: {
                StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
              },
            }),
          ]),
        },
      },
    });
    const statements = JSON.stringify(template.findResources('AWS::KMS::Key'));
    expect(statements.match(/kms:Sign"/g)).toHaveLength(1);
    expect(statements).not.toMatch(/kms:\*|kms:Decrypt|kms:GetParameters|kms:CreateGrant/);
    const signers = Object.values(template.findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.Environment.Variables.SIGNER_KEY_ID,
    );
    expect(signers.map(({ Properties }) => Properties.Description)).toEqual([
      'functions/on-oracle-update.ts',
    ]);
    templateOf('secret').resourceCountIs('AWS::KMS::Key', 0);
  });
});

describe('the watch over it', () => {
  test('has an alarm for everything that can go wrong unseen, each with what it means and where to read on', () => {
    const template = templateOf('alarms');
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties,
    );
    const named = (text: RegExp) => alarms.filter(({ AlarmDescription }) => text.test(AlarmDescription));
    const functions = Object.keys(template.findResources('AWS::Lambda::Function')).length;

    for (const name of [
      'NoOracleUpdate',
      'NothingLanded',
      'OperatorBalanceLow',
      'LossBudgetUsed',
      'BookDrift',
    ])
      expect(named(new RegExp(`"${name}"\\.$`))).toHaveLength(1);
    for (const name of ['WatcherSilent', 'DeadLetters'])
      expect(named(new RegExp(`"${name}"\\.$`))).toHaveLength(1);
    expect(named(/Errors"\.$/)).toHaveLength(functions);
    expect(named(/Throttles"\.$/)).toHaveLength(functions);
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    for (const { AlarmDescription } of alarms) {
      const name = /"(\w+)"\.$/.exec(AlarmDescription)?.[1]?.replace(/^\w+(Errors|Throttles)$/, '…$1');
      expect(runbook).toContain(`| ${name} |`);
    }
    for (const { AlarmDescription, AlarmActions } of alarms) {
      expect(AlarmDescription).toMatch(/: .* What to do: docs\/runbook\.md, "\w+"\.$|\. What to do: docs/);
      expect(AlarmActions).toHaveLength(1);
    }
  });

  test('is told by e-mail only where an address is given', () => {
    templateOf('mail', { alarmEmail: 'me@example.com' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'me@example.com',
    });
    templateOf('no mail').resourceCountIs('AWS::SNS::Subscription', 0);
  });

  test('silence of the watcher and of the oracles is an alarm', () => {
    const template = templateOf('silence');
    for (const MetricName of ['Watching', 'UpdatesRaced'])
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName,
        Namespace: 'Liquidator',
        Dimensions: [{ Name: 'network', Value: 'mainnet' }],
        TreatMissingData: 'breaching',
        ComparisonOperator: 'LessThanThreshold',
      });
  });

  test('has one dashboard, which can be rendered', () => {
    const template = templateOf('dashboard');
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});

describe('a warm racer', () => {
  test('is a version behind an alias, which the rule wakes and late events do not', () => {
    const template = templateOf('warm', { provisionedConcurrency: 2 });
    const [alias] = Object.keys(template.findResources('AWS::Lambda::Alias'));
    const [version] = Object.keys(template.findResources('AWS::Lambda::Version'));
    template.hasResource('AWS::Lambda::Version', {
      // The old one ends, and is no longer paid for.
      DeletionPolicy: Match.absent(),
      Properties: { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 } },
    });
    template.hasResourceProperties('AWS::Lambda::Alias', {
      FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] },
      ProvisionedConcurrencyConfig: Match.absent(),
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['OraclePriceUpdate', 'NewHead'] },
      Targets: [Match.objectLike({ Arn: { Ref: alias } })],
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      Qualifier: Match.objectLike({ 'Fn::Select': Match.anyValue() }),
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    for (const type of ['AWS::Lambda::Alias', 'AWS::Lambda::Version'])
      templateOf('cold').resourceCountIs(type, 0);
  });
});

test.each(FUNCTIONS.map(({ source }) => source))(
  '%s starts from its bundle and nothing beside it',
  async (source) => {
    const { outputs } = await bundle(source, join(folder, `${basename(source)}.mjs`));
    const missing = Object.values(outputs).flatMap(({ imports }) =>
      imports.filter(({ kind, path }) => kind === 'import-statement' && !isBuiltin(path)),
    );
    expect(missing).toEqual([]);
  },
);

describe('what signs', () => {
  let metafile: Metafile;
  let code: string;

  beforeAll(async () => {
    const outfile = join(folder, 'racer.mjs');
    metafile = await bundle('functions/on-oracle-update.ts', outfile);
    code = readFileSync(outfile, 'utf8');
  });

  /** A package more could take the key away: read it before you add it here. */
  test('is built from these packages and no others', () => {
    const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
    const packages = inputs.flatMap(([path, { bytesInOutput }]) => {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      return name !== undefined && bytesInOutput > 0 ? [name] : [];
    });
    expect([...new Set(packages)].sort()).toEqual([
      '@adraffy/ens-normalize',
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/client-kms',
      '@aws-sdk/client-secrets-manager',
      '@aws-sdk/core',
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/credential-provider-node',
      '@aws-sdk/dynamodb-codec',
      '@aws-sdk/endpoint-cache',
      '@aws-sdk/middleware-endpoint-discovery',
      '@aws/lambda-invoke-store',
      '@bitauth/libauth',
      '@flashbots/ethers-provider-bundle',
      '@noble/curves',
      '@noble/hashes',
      '@smithy/core',
      '@smithy/node-http-handler',
      '@smithy/signature-v4',
      '@smithy/types',
      'ethers',
      'hash-wasm',
      'mnemonist',
      'obliterator',
      'valibot',
    ]);
  });

  test('holds one copy of each of them', () => {
    const roots = Object.keys(metafile.inputs).flatMap((path) => {
      const found = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))/.exec(path);
      return found ? [`${found[2]} in ${found[1]}`] : [];
    });
    const names = [...new Set(roots)].map((root) => root.split(' in ')[0]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(code).not.toContain('lib.commonjs');
  });

  test('knows no host but those of AWS; all others are configured', () => {
    const hosts = new Set(
      [...code.matchAll(/(?:https?|wss?):\/\/([a-z0-9.-]+)/g)].map(([, host = '']) => host),
    );
    const mentioned = [
      'a.co',
      'aws.amazon.com',
      'docs.aws.amazon.com',
      'github.com',
      'localhost',
      'www.npmjs.com',
    ];
    const awsService = /^(?:search-)?(?:dynamodb|kms|secretsmanager|trent)(?:-fips)?\.(?:amazonaws\.com)?$/;
    const foreign = [...hosts].filter((host) => !mentioned.includes(host) && !awsService.test(host));
    expect(foreign).toEqual(['nowhere.invalid']);
  });

  test('gives the Flashbots package all of ethers that it uses', () => {
    const path = createRequire(import.meta.url).resolve('@flashbots/ethers-provider-bundle');
    const used = [...readFileSync(path, 'utf8').matchAll(/\bethers_1\.([A-Za-z0-9]+)/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(used)].sort()).toEqual([...USED_BY_FLASHBOTS].sort());
  });
});
