import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAddress, id, toQuantity } from 'ethers';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../../bin/liquidator.ts';
import type { KmsFaults } from '../../devnet/aws/kms.ts';
import { type Box, startBox } from '../../devnet/box.ts';
import { functionsIn } from '../../devnet/lambda/function-definition.ts';
import type { Invocation } from '../../devnet/lambda/invocation.ts';
import { LOCAL_REGION } from '../../devnet/lambda/local-resources.ts';
import { refOf, resourcesOf } from '../../devnet/lambda/template.ts';
import { boxConfig } from '../../devnet/network-config.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import type { Finding } from '../../lib/doctor/examine.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { isoSeconds } from '../../lib/ledger/key.ts';
import { stubAccount } from '../support/aws-account.ts';
import { PATIENCE_MS } from '../support/dynamodb.ts';

/** The first opens one borrower of Aave and nobody else, each later one some of each racer's. */
const ANSWERS = { first: 4_180_00000000n, second: 4_102_85071172n, third: 3_994_68000000n };

const OUTCOMES: readonly Fact['state'][] = ['included', 'lost', 'reverted', 'expired'];

const racers = [['aaveV3[0]'], ['morphoBlue', 'compoundV3[0]']];
const deployment = { signer: 'kms', provisionedConcurrency: 1, racers } as const;
const kmsFaults: Required<Pick<KmsFaults, 'errors'>> & KmsFaults = { errors: [] };
let box: Box;

beforeAll(async () => {
  box = await startBox({ secondsPerSlot: 0, deployment, kmsFaults });
});
afterAll(() => box?.stop());

describe('a stack whose keys are in KMS, whose racers wait warm, each with its share of the protocols', () => {
  let played: Played;
  let contested: Played;
  let forged: Played;

  beforeAll(async () => {
    kmsFaults.errors.push('ThrottlingException');
    played = await play(box, ANSWERS.first);
    contested = await play(box, ANSWERS.second);
    kmsFaults.impostor = id('somebody else');
    forged = await play(box, ANSWERS.third);
  });

  test('starts nobody cold: the first race, too, finds its racer initialised', () => {
    expect(played.invocations).toHaveLength(2);
    expect(played.invocations.map(({ coldStart, initMs, error }) => ({ coldStart, initMs, error }))).toEqual([
      { coldStart: false, initMs: 0, error: undefined },
      { coldStart: false, initMs: 0, error: undefined },
    ]);
  });

  test('lets each racer decide by its own protocols', () => {
    const decisions = played.invocations.map(({ result }) => Object(result).updates[0].decision);
    expect(decisions).toEqual(['sent', 'skipped']);
    const reasons = played.facts.flatMap((fact) => (fact.state === 'skipped' ? [fact.reason] : []));
    expect(reasons).toEqual(['opensNothing']);
  });

  test('has a liquidation signed by the key in KMS, throttled at first, and lands it behind the update', () => {
    expect(kmsFaults.errors).toEqual([]);
    expect(box.cloud.operators).toHaveLength(2);
    const [oracle, own, ...more] = played.mined;
    expect(oracle?.hash).toBe(played.reportHash);
    expect(own?.from).toBe(box.cloud.operators[0]);
    expect(own?.to).toBe(box.executor);
    expect(more).toEqual([]);
  });

  test('writes all of it down, up to what was earned', () => {
    const states = played.facts.map(({ state }) => state);
    for (const state of ['claimed', 'planned', 'simulated', 'sent', 'included'])
      expect(states).toContain(state);
    const included = played.facts.find((fact) => fact.state === 'included');
    expect(included).toMatchObject({ sameBlock: true, ownTransactionHash: played.mined[1]?.hash });
    expect(included?.netProfitWei).toBeGreaterThan(0n);
  });

  test('has a bundle of each racer stand with the builder, none in the place of another', () => {
    expect(played.bundles).toBe(1);
    expect(contested.bundles).toBe(2);
    const sent = contested.facts.flatMap((fact) => (fact.state === 'sent' ? fact.submissions : []));
    expect(sent.map(({ accepted }) => accepted)).toEqual([true, true]);
    // Both begin with the oracle's own transaction: a block has room for one of them.
    expect(contested.mined.map(({ to }) => to)).toEqual([expect.anything(), box.executor]);
    const outcomes = contested.facts.map(({ state }) => state).filter((state) => OUTCOMES.includes(state));
    expect(outcomes.sort()).toEqual(['expired', 'included']);
  });

  test('lets no signature out that is not by its key: a fault, an event kept, and no bundle', () => {
    expect(forged.invocations).toHaveLength(2);
    forged.invocations.forEach(({ error }, index) => {
      expect(error?.errorType).toBe('SignerError');
      expect(error?.errorMessage).toContain(`not by ${box.cloud.operators[index]}`);
    });
    const kept = { condition: 'RetriesExhausted', attempts: 1, functionArn: expect.stringMatching(/:warm$/) };
    const conditions = box.cloud.lambda.deadLetters.map(({ condition, attempts, functionArn }) => ({
      ...{ condition, attempts, functionArn },
    }));
    expect(conditions).toEqual([kept, kept]);
    expect(forged.bundles).toBe(0);
    expect(forged.mined.map(({ hash }) => hash)).toEqual([forged.reportHash]);
    expect(forged.facts.map(({ state }) => state).sort()).toEqual([
      ...['claimed', 'claimed'],
      ...['skipped', 'skipped'],
    ]);
    const refused = forged.facts.flatMap((fact) => (fact.state === 'skipped' ? [fact.numbers.refused] : []));
    for (const address of box.cloud.operators)
      expect(refused).toContainEqual(expect.stringMatching(`^not signed: .* not by ${address}`));
  });

  test('and what was never signed uses up nothing of the day', () => {
    expect(played.stakedWei).toBeGreaterThan(0n);
    expect(forged.stakedWei).toBe(contested.stakedWei);
  });
});

describe('its doctor', () => {
  test('finds the address of every key, and that the executor knows it', async () => {
    const findings = await examined(box);
    const named = (name: string) => findings.find((one) => one.name === name);
    expect(named('operator keys match')).toMatchObject({ verdict: 'pass', detail: '2 of 2' });
    for (const address of box.cloud.operators)
      expect(named(`balance of ${address}`)).toMatchObject({ verdict: 'pass' });
  });

  test('asks for the keys where it is not told them', async () => {
    expect(await doctor(box, {})).toMatchObject({
      code: 2,
      said: expect.stringMatching(/Set SIGNER_KEY_ID/),
    });
  });
});

interface Played {
  readonly reportHash: Hex;
  /** Of the racers, in the template's order. */
  readonly invocations: readonly Invocation[];
  readonly facts: readonly Fact[];
  /** How many bundles stood with the builder. */
  readonly bundles: number;
  /** The block of the update. */
  readonly mined: readonly { readonly hash: Hex; readonly from: Address; readonly to: Address }[];
  /** What is at stake on the update's day, once all is settled. */
  readonly stakedWei: bigint;
}

/** One update of ether, from an event on the bus to its settlement. */
async function play(box: Box, answer: bigint): Promise<Played> {
  const { anvil, builder, cloud, oracle, slots, world } = box;
  const { number, timestampSeconds } = await builder.head();
  const { rawTransaction, hash: reportHash } = oracle.report('ETH', answer, timestampSeconds);
  await anvil.rpc('eth_sendRawTransaction', [rawTransaction]);
  const Detail = JSON.stringify({ chainId: world.chainId, rawTransaction, seenAtMs: Date.now() });
  const { accepted } = cloud.publish([{ Source: 'somebody', DetailType: 'OraclePriceUpdate', Detail }]);
  const invocations = await Promise.all(accepted.map(({ finished }) => finished));
  const bundles = builder.standingFor(number + 1).length;
  await slots.nextSlot();
  const { error } = await cloud.lambda.invoke('functions/settle-outcomes.ts', {});
  expect(error).toBeUndefined();
  const mined = await minedIn(box, number + 1);
  return { reportHash, invocations, bundles, mined, ...(await writtenDown(box, timestampSeconds)) };
}

const blockSchema = v.object({
  transactions: v.array(v.object({ hash: v.string(), from: v.string(), to: v.string() })),
});

/** With checksummed addresses. */
async function minedIn({ anvil }: Box, blockNumber: number): Promise<Played['mined']> {
  const block = await anvil.rpc('eth_getBlockByNumber', [toQuantity(blockNumber), true]);
  const { transactions } = v.parse(blockSchema, block);
  return transactions.map(({ hash, from, to }) => ({ hash, from: getAddress(from), to: getAddress(to) }));
}

/** Of the updates observed in this second. */
async function writtenDown(
  { cloud, world }: Box,
  seconds: number,
): Promise<Pick<Played, 'facts' | 'stakedWei'>> {
  const ledger = dynamoLedger({
    tableName: cloud.tableName,
    client: cloud.dynamodb.client,
    timeoutMs: PATIENCE_MS,
  });
  const pages = await Array.fromAsync(ledger.factsByDay({ fromSeconds: seconds, toSeconds: seconds + 1 }));
  const { gasWei } = await ledger.stakes(world.chainId, isoSeconds(seconds).slice(0, 10));
  return { facts: pages.flat(), stakedWei: gasWei };
}

/** As a person runs it, with the stack's outputs in the environment. */
async function doctor({ builder, cloud, executor, world }: Box, more: Record<string, string>) {
  const { template, endpoints = {} } = cloud.lambdaOptions;
  const [secret] = resourcesOf(template, 'AWS::SecretsManager::Secret');
  const folder = await mkdtemp(join(tmpdir(), 'kms-box-'));
  const config = join(folder, 'local.json');
  await writeFile(config, JSON.stringify({ ...boxConfig(world, executor, builder.url), deployment }));
  const services = {
    ...{ AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager, AWS_ENDPOINT_URL_KMS: endpoints.kms },
  };
  stubAccount(services, LOCAL_REGION);
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const environment = {
    ...{ TABLE_NAME: cloud.tableName, SECRET_ID: secret && refOf(template, secret) },
    ...{ AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb },
    ...more,
  };
  try {
    const args = ['doctor', '--config', config, '--json'];
    const code = await main(args, { environment, print: say, complain: say, nowMs: Date.now });
    return { code, said: said.join('\n') };
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
}

async function examined(box: Box): Promise<readonly Finding[]> {
  const racers = functionsIn(box.cloud.lambdaOptions.template);
  const keys = racers.flatMap(({ environment }) => environment.SIGNER_KEY_ID ?? []);
  const { said } = await doctor(box, { SIGNER_KEY_ID: keys.join(',') });
  return JSON.parse(said.slice(0, said.lastIndexOf(']') + 1));
}
