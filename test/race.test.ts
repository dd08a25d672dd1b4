import { id } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Builder, startBuilder } from '../devnet/builder/builder.ts';
import { nextBaseFeeWei } from '../devnet/builder/node.ts';
import { type Anvil, startAnvil } from '../devnet/chain/anvil.ts';
import { beginOrdinaryBlocks, deployWorld } from '../devnet/chain/deploy.ts';
import { FAULTY_ORACLES } from '../devnet/chain/feeds.ts';
import { type OracleNode, startOracleNode } from '../devnet/chain/oracle-node.ts';
import type { World as Ground } from '../devnet/chain/world.ts';
import { boxConfig } from '../devnet/network-config.ts';
import { deployOwnExecutor } from '../devnet/own-executor.ts';
import { racerIn } from '../functions/wiring/racer.ts';
import { worldOf } from '../functions/wiring/world.ts';
import { parseSecrets } from '../lib/adapters/secrets.ts';
import { parseNetworkConfig } from '../lib/config.ts';
import type { Fact, Sent } from '../lib/ledger/fact.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import { parseEvent } from '../lib/oracles/event.ts';
import { answer, type RacerDeps } from '../lib/racer.ts';
import { type LocalDynamo, startDynamo } from './support/dynamodb.ts';
import { faultyRelay, type RelayFault } from './support/faulty-relay.ts';

/** The race over its real adapters, in one process: what reaches the relay and the ledger when things go wrong. */
let anvil: Anvil;
let ground: Ground;
let builder: Builder;
let dynamo: LocalDynamo;
let ledger: Ledger;
let executor: string;
let oracle: OracleNode;

beforeAll(async () => {
  anvil = await startAnvil();
  ground = await deployWorld(anvil);
  executor = await deployOwnExecutor(anvil, ground);
  await beginOrdinaryBlocks(anvil);
  oracle = await startOracleNode(anvil, ground);
  builder = await startBuilder({ publicNode: anvil });
  dynamo = await startDynamo();
  ledger = await dynamo.freshLedger();
});

afterAll(async () => {
  await builder?.stop();
  await dynamo?.stop();
  await anvil?.stop();
});

function racerBehind(relayUrl: string, simulatorUrl = builder.url, changes: object = {}): RacerDeps {
  const config = Object(boxConfig(ground, executor, simulatorUrl));
  const relays = [
    { name: 'simulator', url: simulatorUrl },
    { name: 'relay', url: relayUrl },
  ];
  const timeoutsMs = { chain: 5_000, relay: 2_000, simulation: 4_000 };
  const policy = { ...config.policy, ...changes };
  const network = parseNetworkConfig({ ...config, relays, timeoutsMs, policy }, 'test');
  const { searcherOperator } = ground.accounts;
  const secret = {
    rpcUrl: anvil.url,
    operatorKeys: [searcherOperator.privateKey],
    relayIdentityKey: id('relay identity'),
  };
  return racerIn(worldOf(network, parseSecrets(JSON.stringify(secret), 'test'), ledger));
}

/** A report that opens six borrowers, different in each call so that each is an update of its own. */
let reports = 0n;
async function priceEvent(answerBase8?: bigint, changes: object = {}): Promise<object> {
  reports += 1n;
  const answerInTurn = 4_102_85071172n + reports * 1_000n;
  const head = await builder.head();
  const { rawTransaction } = oracle.report('ETH', answerBase8 ?? answerInTurn, head.timestampSeconds, {
    nonce: await nonceOf(),
    ...changes,
  });
  const eventHead = {
    number: head.number,
    hash: head.hash,
    timestampSeconds: head.timestampSeconds,
    nextBaseFeeWei: String(nextBaseFeeWei(head)),
  };
  return { chainId: ground.chainId, rawTransaction, seenAtMs: Date.now(), head: eventHead };
}

const nonceOf = async () =>
  Number(await anvil.rpc('eth_getTransactionCount', [ground.accounts.transmitters[0]?.address, 'latest']));

async function story(event: object, racer: RacerDeps): Promise<{ decision: string; facts: readonly Fact[] }> {
  const answered = await answer(parseEvent(event), Date.now(), racer);
  const [update] = 'updates' in answered ? answered.updates : [];
  if (update === undefined || !('updateId' in update))
    throw new Error(`no update: ${JSON.stringify(update)}`);
  return { decision: update.decision, facts: await ledger.factsOfUpdate(update.updateId) };
}

const sentOf = (facts: readonly Fact[]): Sent | undefined =>
  facts.find((fact): fact is Sent => fact.state === 'sent');

describe('a relay that fails leaves a record that says so, and costs nothing else', () => {
  const faults: readonly RelayFault[] = ['down', 'slow', 'html', '429', 'null'];

  test.each(faults)('%s', async (mode) => {
    const relay = await faultyRelay({ mode });
    const { decision, facts } = await story(await priceEvent(), racerBehind(relay.url));
    await relay.stop();
    expect(decision).toBe('sent');
    const [good, bad] = sentOf(facts)?.submissions ?? [];
    expect(good).toMatchObject({ relay: 'simulator', accepted: true });
    expect(bad?.relay).toBe('relay');
    expect(bad).toMatchObject({ accepted: false, error: expect.stringMatching(/\w+/) });
  });

  test('no simulation to be had: sent all the same, for a bundle that reverts costs nothing', async () => {
    const relay = await faultyRelay({ mode: 'down' });
    const { decision, facts } = await story(await priceEvent(), racerBehind(builder.url, relay.url));
    await relay.stop();
    expect(decision).toBe('sent');
    expect(facts.find(({ state }) => state === 'simulated')).toMatchObject({
      ok: false,
      reason: 'simulationUnavailable',
    });
    expect(sentOf(facts)?.submissions[1]).toMatchObject({ accepted: true });
  });
});

describe('one update, one decision', () => {
  test('eight racers at once: one claim, one bundle', async () => {
    const event = await priceEvent();
    const racers = Array.from({ length: 8 }, () => racerBehind(builder.url));
    await Promise.all(racers.map((racer) => racer.resident.current(undefined, 0)));
    const stories = await Promise.all(racers.map((racer) => story(event, racer)));
    expect(stories.map(({ decision }) => decision).sort()).toEqual([...Array(7).fill('duplicate'), 'sent']);
    const { facts } = await story(event, racerBehind(builder.url));
    expect(facts.filter(({ state }) => state === 'planned')).toHaveLength(1);
  });

  test('racers that share the protocols between them: each its own decision, and of each delivery one', async () => {
    const event = await priceEvent();
    const shares = ['aaveV3[0]', 'morphoBlue'].map((racer) => ({ ...racerBehind(builder.url), racer }));
    const stories = await Promise.all(shares.map((racer) => story(event, racer)));
    expect(stories.map(({ decision }) => decision)).toEqual(['sent', 'sent']);
    expect(new Set(stories.flatMap(({ facts }) => facts.map(({ updateId }) => updateId))).size).toBe(2);
    const again = await Promise.all(shares.map((racer) => story(event, racer)));
    expect(again.map(({ decision }) => decision)).toEqual(['duplicate', 'duplicate']);
  });

  test('a report of the right sender and of wrong signers: raced, found out beside the simulation, never sent', async () => {
    const { searcherOperator, signers } = ground.accounts;
    const strangers = [...signers.slice(0, FAULTY_ORACLES), searcherOperator];
    const event = await priceEvent(undefined, { signers: strangers });
    const { decision, facts } = await story(event, racerBehind(builder.url));
    expect(decision).toBe('skipped');
    expect(facts.filter(({ state }) => state === 'skipped')).toContainEqual(
      expect.objectContaining({ reason: 'forgedReport', numbers: { refused: 'unknownSigner' } }),
    );
    expect(sentOf(facts)).toBeUndefined();
  });

  test('an event that comes too late is recorded, not raced', async () => {
    const event = { ...(await priceEvent()), seenAtMs: Date.now() - 60_000 };
    const { decision, facts } = await story(event, racerBehind(builder.url));
    expect(decision).toBe('skipped');
    expect(facts.map(({ state }) => state)).toEqual(['claimed', 'skipped']);
    expect(facts[1]).toMatchObject({ reason: 'tooLate' });
  });

  test('a gas budget below the bundle: refused before anything is signed', async () => {
    const racer = racerBehind(builder.url, builder.url, { maxGasCostWei: '1000' });
    const { facts } = await story(await priceEvent(), racer);
    expect(facts.some(({ state }) => state === 'planned' || state === 'sent')).toBe(false);
    expect(facts.at(-1)).toMatchObject({ state: 'skipped', reason: 'refusedByPolicy' });
  });
});

describe('what stops a race', () => {
  const states = (facts: readonly Fact[]) => [...new Set(facts.map(({ state }) => state))];

  test('a pause: decided, written down with its numbers, nothing signed', async () => {
    await ledger.setPause(ground.chainId, { reason: 'test', atMs: Date.now() });
    const { decision, facts } = await story(await priceEvent(), racerBehind(builder.url));
    await ledger.setPause(ground.chainId, undefined);
    expect(decision).toBe('skipped');
    expect(states(facts)).toEqual(['claimed', 'skipped']);
    expect(facts.filter((fact) => fact.state === 'skipped' && fact.reason === 'paused')).not.toEqual([]);
    expect(facts.at(-1)).toMatchObject({ numbers: { profitWei: expect.anything() } });
    expect((await story(await priceEvent(), racerBehind(builder.url))).decision).toBe('sent');
  });

  test('dry run: as paused, by configuration', async () => {
    const racer = racerBehind(builder.url, builder.url, { mode: 'dryRun' });
    const { facts } = await story(await priceEvent(), racer);
    expect(states(facts)).toEqual(['claimed', 'skipped']);
    expect(facts.some((fact) => fact.state === 'skipped' && fact.reason === 'dryRun')).toBe(true);
  });

  test('shadow: signed and simulated, on record, and not sent', async () => {
    const racer = racerBehind(builder.url, builder.url, { mode: 'shadow' });
    const { decision, facts } = await story(await priceEvent(), racer);
    expect(decision).toBe('skipped');
    expect(states(facts)).toEqual(expect.arrayContaining(['planned', 'simulated']));
    expect(states(facts)).not.toContain('sent');
  });
});

describe('what is not an update is answered with the reason, and costs no claim', () => {
  const reasonOf = async (event: object) => {
    const answered = await answer(parseEvent(event), Date.now(), racerBehind(builder.url));
    return 'updates' in answered ? answered.updates[0] : undefined;
  };

  test('a price of zero', async () => {
    expect(await reasonOf(await priceEvent(0n))).toMatchObject({
      reason: expect.stringMatching(/outsideMinMax|nonPositiveAnswer/),
    });
  });

  test('a transaction to an unknown feed', async () => {
    const event = { ...(await priceEvent()), ...(await transfer()) };
    expect(await reasonOf(event)).toMatchObject({ reason: 'otherContract' });
  });

  test('bytes that are no transaction', async () => {
    const event = { ...(await priceEvent()), rawTransaction: '0x02c0' };
    expect(await reasonOf(event)).toMatchObject({ reason: 'malformedTransaction' });
  });
});

/** A plain payment, signed, to nobody's feed. */
async function transfer(): Promise<{ rawTransaction: string }> {
  const { signTransaction } = await import('../devnet/chain/sign.ts');
  const envelope = {
    chainId: ground.chainId,
    nonce: 0,
    to: ground.accounts.rival.address,
    data: '0x',
    gasLimit: 21_000,
  };
  return { rawTransaction: signTransaction(ground.accounts.marketMaker, envelope).rawTransaction };
}
