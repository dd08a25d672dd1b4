import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Chain, Receipt } from '../../lib/chain.ts';
import { ChainError, LiquidatorError, StoreError } from '../../lib/errors.ts';
import { bundleStories } from '../../lib/ledger/bundle-story.ts';
import { daySumOf } from '../../lib/ledger/day-sum.ts';
import type { Claimed, Fact, Planned, Simulated } from '../../lib/ledger/fact.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { stakeOf } from '../../lib/ledger/limits.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import type { BlockRange, LiquidationLog, Protocol } from '../../lib/protocols/protocol.ts';
import { settle } from '../../lib/settling/settle.ts';
import type { SettleDeps } from '../../lib/settling/sight.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';
import {
  ALICE,
  address,
  BOB,
  executorLog,
  hash,
  plannedFor,
  RIVAL,
  receiptOf,
  TARGET,
  taken,
} from '../support/settlement.ts';

/** The fee recipient of every block. */
const BUILDER = address(0xbb);
const CONFIRMATIONS = 3;
const AT_MS = 1_760_075_100_000;

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

/** A chain that is as long as one says and knows what one tells it. */
class ScriptedChain implements Chain {
  readonly chainId = 31337;
  headNumber = TARGET + CONFIRMATIONS;
  readonly receipts = new Map<string, Receipt>();
  readonly asked: string[] = [];
  faultOf: (transactionHash: string) => Error | undefined = () => undefined;

  /** Changed by a reorganisation. */
  hashOf: (block: number) => string = hash;

  async head(number = this.headNumber) {
    return { number, hash: this.hashOf(number), timestampSeconds: 0, nextBaseFeeWei: 0n };
  }

  async receipt(transactionHash: string) {
    const fault = this.faultOf(transactionHash);
    if (fault) throw fault;
    this.asked.push(transactionHash);
    return this.receipts.get(transactionHash);
  }

  async seal() {
    return { feeRecipient: BUILDER, baseFeeWei: 1n };
  }

  async transferredTo(account: string) {
    return account === BUILDER ? 5_000n : 0n;
  }

  readonly readAll = unused;
  readonly tryReadAll = unused;
  readonly logs = unused;
  readonly nonce = unused;
  readonly transaction = unused;
}

async function unused(): Promise<never> {
  throw new Error('Settlement reads receipts and liquidations only.');
}

class ScriptedProtocol implements Protocol {
  readonly id = 'aave-v3';
  readonly liquidations: LiquidationLog[] = [];
  readonly ranges: BlockRange[] = [];

  async discoverLiquidations(_: Chain, range: BlockRange) {
    this.ranges.push(range);
    const { fromBlock, toBlock } = range;
    return this.liquidations.filter(({ blockNumber }) => blockNumber >= fromBlock && blockNumber <= toBlock);
  }

  readonly discover = unused;
  readonly readAllowedCalls = unused;
  readonly read = unused;
}

interface Scene {
  readonly chain: ScriptedChain;
  readonly protocol: ScriptedProtocol;
  readonly ledger: Ledger;
  readonly deps: SettleDeps;
  story(index?: number): Promise<readonly Fact[]>;
}

async function scene(...facts: readonly Fact[]): Promise<Scene> {
  const ledger = await dynamo.freshLedger();
  for (const fact of facts) await ledger.append(fact);
  const chain = new ScriptedChain();
  const protocol = new ScriptedProtocol();
  const deps = {
    chain,
    ledger,
    protocols: [protocol],
    clock: { nowMs: () => AT_MS },
    confirmations: CONFIRMATIONS,
  };
  return { chain, protocol, ledger, deps, story: (index = 0) => ledger.factsOfUpdate(hash(1_000 + index)) };
}

/** The index-th bundle, of an update of its own. */
const bundle = (index = 0, overrides: Partial<Planned> = {}): Planned =>
  plannedFor([ALICE, BOB], {
    updateId: hash(1_000 + index),
    ownTransactionHash: hash(2_000 + index),
    ...overrides,
  });

const claimOf = ({ updateId, chainId, updateAtSeconds, atMs }: Planned): Claimed => ({
  ...{ updateId, chainId, updateAtSeconds, atMs },
  state: 'claimed',
  aggregator: address(9),
  feed: 'ETH / USD',
  answer: 1n,
  epochAndRound: 1,
  trigger: 'pendingTransaction',
  transactionHash: hash(0x0a),
  seenAtMs: 1,
  receivedAtMs: 2,
});

const simulatedAs = (
  { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash }: Planned,
  reason: 'simulationReverted' | 'simulationUnavailable',
): Simulated => ({
  ...{ updateId, chainId, updateAtSeconds, atMs, ownTransactionHash },
  ...{ state: 'simulated', ok: false, reason, detail: '' },
});

const bothLiquidated = [
  executorLog('ItemLiquidated', [0, 600n]),
  executorLog('ItemLiquidated', [1, 400n]),
  executorLog('Executed', [1_000n, 100n]),
];

describe('one bundle', () => {
  test('included, in the block of the oracle', async () => {
    const { chain, deps, story } = await scene(claimOf(bundle()), bundle());
    chain.receipts.set(hash(2_000), receiptOf(bothLiquidated));
    chain.receipts.set(hash(0x0a), receiptOf([]));
    expect(await settle(deps)).toEqual({ trustedBlock: TARGET, verdicts: { included: 1 } });
    expect((await story()).at(-1)).toMatchObject({
      state: 'included',
      atMs: AT_MS,
      block: TARGET,
      sameBlock: true,
      grossProfitWei: 1_000n,
      bidWei: 100n,
      netProfitWei: 900n - 300_000n * 2_000_000_000n,
    });
  });

  test('reverted', async () => {
    const { chain, deps, story } = await scene(bundle());
    chain.receipts.set(hash(2_000), receiptOf([], { succeeded: false }));
    expect((await settle(deps)).verdicts).toEqual({ reverted: 1 });
    expect((await story()).at(-1)).toMatchObject({ state: 'reverted', sameBlock: false });
  });

  test('lost to a rival between the planning and the target block, not before and not after', async () => {
    const { protocol, deps, story } = await scene(bundle());
    protocol.liquidations.push(
      taken(BOB, { blockNumber: TARGET - 1 }),
      taken(ALICE, { liquidator: address(0xf1) }),
      taken(BOB, { blockNumber: TARGET + 1 }),
    );
    expect((await settle(deps)).verdicts).toEqual({ lost: 1 });
    expect(protocol.ranges).toEqual([{ fromBlock: TARGET, toBlock: TARGET }]);
    expect((await story()).at(-1)).toMatchObject({
      state: 'lost',
      rivals: [{ borrower: ALICE, liquidator: address(0xf1), block: TARGET }],
    });
  });

  test('rivals of a bundle that landed late are looked for up to where it landed', async () => {
    const { chain, protocol, deps } = await scene(
      bundle(0, { targetBlock: TARGET - 2, headBlock: TARGET - 3 }),
    );
    chain.receipts.set(hash(2_000), receiptOf([], { succeeded: false }));
    await settle(deps);
    expect(protocol.ranges).toEqual([{ fromBlock: TARGET - 2, toBlock: TARGET }]);
  });

  test('expired', async () => {
    const { deps, story } = await scene(bundle());
    expect((await settle(deps)).verdicts).toEqual({ expired: 1 });
    expect((await story()).at(-1)).toMatchObject({ state: 'expired' });
  });

  test('withdrawn when its simulation reverted: no outcome, unless it is in the chain after all', async () => {
    const { chain, deps, story } = await scene(bundle(), simulatedAs(bundle(), 'simulationReverted'));
    expect((await settle(deps)).verdicts).toEqual({ withdrawn: 1 });
    expect((await story()).map(({ state }) => state)).toEqual(['planned', 'simulated']);
    chain.receipts.set(hash(2_000), receiptOf([], { succeeded: false }));
    expect((await settle(deps)).verdicts).toEqual({ reverted: 1 });
  });

  test('sent without a simulation, it is settled as any other', async () => {
    const { deps } = await scene(bundle(), simulatedAs(bundle(), 'simulationUnavailable'));
    expect((await settle(deps)).verdicts).toEqual({ expired: 1 });
  });
});

describe('when', () => {
  test('not before the target block has its confirmations', async () => {
    const { chain, deps, ledger, story } = await scene(bundle());
    chain.headNumber = TARGET + CONFIRMATIONS - 1;
    expect(await settle(deps)).toEqual({ trustedBlock: TARGET - 1, verdicts: {} });
    expect(await ledger.settleCursor(31337)).toBe(TARGET - 1);
    expect(await story()).toHaveLength(1);
    chain.headNumber++;
    expect((await settle(deps)).verdicts).toEqual({ expired: 1 });
    expect(await ledger.settleCursor(31337)).toBe(TARGET);
  });

  test('a receipt too young to trust keeps its bundle open, and the cursor before it', async () => {
    const { chain, deps, ledger } = await scene(bundle());
    chain.receipts.set(hash(2_000), receiptOf(bothLiquidated, { blockNumber: TARGET + 1 }));
    expect((await settle(deps)).verdicts).toEqual({ unconfirmed: 1 });
    expect(await ledger.settleCursor(31337)).toBe(TARGET - 1);
    chain.headNumber++;
    expect((await settle(deps)).verdicts).toEqual({ included: 1 });
  });

  test('a bundle that the index shows late, behind the cursor, is settled all the same', async () => {
    const { deps, ledger } = await scene();
    await settle(deps);
    expect(await ledger.settleCursor(31337)).toBe(TARGET);
    await ledger.append(bundle(0, { targetBlock: TARGET - 5, headBlock: TARGET - 6 }));
    expect((await settle(deps)).verdicts).toEqual({ expired: 1 });
  });

  test('a chain shorter than its confirmations has nothing to settle', async () => {
    const { chain, deps, ledger } = await scene(bundle(0, { targetBlock: 0, headBlock: 0 }));
    chain.headNumber = CONFIRMATIONS - 1;
    expect((await settle(deps)).verdicts).toEqual({});
    expect(await ledger.settleCursor(31337)).toBeUndefined();
  });

  test('bundles of another chain are not ours to settle', async () => {
    const { deps } = await scene(bundle(0, { chainId: 1 }));
    expect((await settle(deps)).verdicts).toEqual({});
  });
});

describe('exactly once', () => {
  test('a second run changes nothing and asks the chain nothing', async () => {
    const { chain, deps, story } = await scene(bundle());
    await settle(deps);
    const [before, asked] = [await story(), chain.asked.length];
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 1 });
    expect(await story()).toEqual(before);
    expect(chain.asked).toHaveLength(asked);
  });

  test('concurrent runs write one outcome each bundle', async () => {
    const bundles = Array.from({ length: 8 }, (_, index) => bundle(index));
    const { chain, deps, story } = await scene(...bundles);
    chain.receipts.set(hash(2_003), receiptOf(bothLiquidated));
    const runs = await Promise.all(Array.from({ length: 6 }, () => settle(deps)));
    const written = runs.flatMap(({ verdicts }) => [verdicts.expired ?? 0, verdicts.included ?? 0]);
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(bundles.length);
    for (const index of bundles.keys()) expect(await story(index)).toHaveLength(2);
  });

  test('two bundles of one update have an outcome each', async () => {
    const { deps, story } = await scene(bundle(), bundle(0, { ownTransactionHash: hash(7), nonce: 6 }));
    expect((await settle(deps)).verdicts).toEqual({ expired: 2 });
    expect((await story()).map(({ state }) => state)).toEqual(['planned', 'planned', 'expired', 'expired']);
  });
});

describe('crashes and faults', () => {
  const three = () => [0, 1, 2].map((index) => bundle(index, { targetBlock: TARGET - 2 + index }));

  test('between two outcomes: the cursor has not passed what is missing, the next run completes it', async () => {
    const { deps, ledger, story } = await scene(...three());
    let writes = 0;
    const crashing: Ledger = {
      ...ledger,
      async append(fact) {
        if (++writes === 2) throw new StoreError('The process died.');
        return ledger.append(fact);
      },
    };
    await expect(settle({ ...deps, ledger: crashing })).rejects.toThrow(LiquidatorError);
    expect(await ledger.settleCursor(31337)).toBe(TARGET - 2);
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 2, expired: 1 });
    expect(await ledger.settleCursor(31337)).toBe(TARGET);
    for (const index of [0, 1, 2]) expect(await story(index)).toHaveLength(2);
  });

  test('after the outcomes, before the cursor: the next run finds all settled and moves it', async () => {
    const { deps, ledger } = await scene(...three());
    const crashing: Ledger = {
      ...ledger,
      advanceSettleCursor: () => Promise.reject(new StoreError('The process died.')),
    };
    await expect(settle({ ...deps, ledger: crashing })).rejects.toThrow(StoreError);
    expect(await ledger.settleCursor(31337)).toBeUndefined();
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 3 });
    expect(await ledger.settleCursor(31337)).toBe(TARGET);
  });

  test('between two pages that share a block: the cursor is still before that block', async () => {
    const { deps, ledger } = await scene(bundle(0), bundle(1));
    const interrupted: Ledger = {
      ...ledger,
      async *plannedSince() {
        yield [bundle(0)];
        throw new StoreError('The process died.');
      },
    };
    await expect(settle({ ...deps, ledger: interrupted })).rejects.toThrow(StoreError);
    expect(await ledger.settleCursor(31337)).toBe(TARGET - 1);
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 1, expired: 1 });
  });

  test('one bundle that cannot be settled does not keep the others waiting, and stays open', async () => {
    const { chain, deps, ledger, story } = await scene(...three());
    chain.faultOf = (transactionHash) =>
      transactionHash === hash(2_001) ? new ChainError('The node is down.') : undefined;
    await expect(settle(deps)).rejects.toThrow(/1 bundles.*The node is down/);
    expect((await story(0)).at(-1)).toMatchObject({ state: 'expired' });
    expect((await story(1)).at(-1)).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('The node'),
    });
    expect((await story(2)).at(-1)).toMatchObject({ state: 'expired' });
    expect(await ledger.settleCursor(31337)).toBe(TARGET - 2);
  });

  test('the answer that was lost after the outcome was written does not settle twice', async () => {
    const { deps, ledger, story } = await scene(bundle());
    const deaf: Ledger = {
      ...ledger,
      async append(fact) {
        await ledger.append(fact);
        throw new StoreError('No answer.');
      },
    };
    await expect(settle({ ...deps, ledger: deaf })).rejects.toThrow(/No answer/);
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 1 });
    expect(await story()).toHaveLength(2);
  });
});

test('rivals are ours to name only where they are not ourselves', async () => {
  const { protocol, deps, story } = await scene(bundle());
  protocol.liquidations.push(taken(ALICE, { liquidator: bundle().executor }), taken(BOB));
  await settle(deps);
  expect((await story()).at(-1)).toMatchObject({
    state: 'lost',
    rivals: [{ borrower: BOB, liquidator: RIVAL }],
  });
});

describe('a reorganisation', () => {
  /** From this block on, the chain is another. */
  const fork = (chain: ScriptedChain, from: number): void => {
    chain.hashOf = (block) => (block < from ? hash(block) : hash(0xf000_0000 + block));
  };

  test('an outcome whose block is gone is undone, and settled anew by the new chain', async () => {
    const { chain, protocol, deps, story } = await scene(bundle());
    chain.receipts.set(hash(2_000), receiptOf(bothLiquidated));
    await settle(deps);
    fork(chain, TARGET);
    chain.receipts.clear();
    protocol.liquidations.push(taken(ALICE));
    expect((await settle(deps)).verdicts).toEqual({ undone: 1, lost: 1 });
    const facts = await story();
    expect(facts.map(({ state }) => state)).toEqual(['planned', 'included', 'lost', 'undone']);
    expect(facts[3]).toMatchObject({ outcome: 'included', witness: { block: TARGET, hash: hash(TARGET) } });
    expect(bundleStories(facts)[0]?.outcome).toMatchObject({ state: 'lost', revision: 1 });
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 1 });
  });

  test('back again: the third outcome holds, and the accounts know no other', async () => {
    const { chain, deps, story } = await scene(bundle());
    chain.receipts.set(hash(2_000), receiptOf(bothLiquidated));
    await settle(deps);
    fork(chain, TARGET);
    chain.receipts.clear();
    await settle(deps);
    chain.hashOf = hash;
    chain.receipts.set(hash(2_000), receiptOf(bothLiquidated));
    expect((await settle(deps)).verdicts).toEqual({ undone: 1, included: 1 });
    const facts = await story();
    expect(bundleStories(facts)[0]?.outcome).toMatchObject({ state: 'included', revision: 2 });
    const { total } = reportOf(facts, []);
    expect(total.netProfitWei).toBe(900n - 300_000n * 2_000_000_000n);
    expect(daySumOf('2025-10-10', facts).moments).toHaveLength(1);
  });

  test('of a block after the one that decided changes nothing', async () => {
    const { chain, deps } = await scene(bundle());
    await settle(deps);
    fork(chain, TARGET + 1);
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 1 });
  });

  test('a node that has fallen behind undoes nothing', async () => {
    const { chain, deps, story } = await scene(bundle(0, { targetBlock: TARGET - 5, headBlock: TARGET - 6 }));
    chain.receipts.set(hash(2_000), receiptOf([], { succeeded: false }));
    await settle(deps);
    fork(chain, TARGET);
    chain.headNumber = TARGET - 1;
    await settle(deps);
    expect(await story()).toHaveLength(2);
  });

  test('undone and not yet to be settled: open, and the stake is taken again', async () => {
    const maxGasCostWei = 10n ** 15n;
    const { chain, ledger, deps, story } = await scene(bundle(0, { maxGasCostWei }));
    const stake = stakeOf(31337, bundle().updateAtSeconds, maxGasCostWei);
    const roomy = { maxDailyGasCostWei: 10n ** 18n, maxDailyLossWei: 10n ** 18n };
    await ledger.takeStake(stake, roomy);
    chain.receipts.set(hash(2_000), receiptOf([], { succeeded: false }));
    await settle(deps);
    const gasWei = 300_000n * 2_000_000_000n;
    expect(await ledger.stakes(31337, stake.day)).toEqual({ gasWei, lossWei: gasWei });
    fork(chain, TARGET);
    chain.receipts.set(hash(2_000), receiptOf([], { blockNumber: TARGET + 2, succeeded: false }));
    expect((await settle(deps)).verdicts).toEqual({ undone: 1, unconfirmed: 1 });
    expect(await ledger.stakes(31337, stake.day)).toEqual({ gasWei: maxGasCostWei, lossWei: maxGasCostWei });
    expect(reportOf(await story(), []).total.results).toEqual({ open: 2 });
    chain.headNumber = TARGET + 2 + CONFIRMATIONS;
    expect((await settle(deps)).verdicts).toEqual({ reverted: 1 });
    expect(await ledger.stakes(31337, stake.day)).toEqual({ gasWei, lossWei: gasWei });
  });

  test('after two epochs an outcome is final: written down once, and never asked for again', async () => {
    const { chain, deps, story } = await scene(bundle());
    await settle(deps);
    chain.headNumber = TARGET + 63;
    await settle(deps);
    expect(await story()).toHaveLength(2);
    chain.headNumber = TARGET + 64;
    await settle(deps);
    expect((await story()).at(-1)).toMatchObject({
      ...{ state: 'settled', outcome: 'expired', block: TARGET, blockHash: hash(TARGET), confirmations: 64 },
    });
    fork(chain, TARGET);
    expect((await settle(deps)).verdicts).toEqual({ alreadySettled: 1 });
  });

  test('ours was brought into the chain after its last target block: found before the outcome is final', async () => {
    const { chain, deps, story } = await scene(bundle());
    await settle(deps);
    chain.receipts.set(hash(2_000), receiptOf([], { blockNumber: TARGET + 9, succeeded: false }));
    chain.headNumber = TARGET + 64;
    expect((await settle(deps)).verdicts).toEqual({ undone: 1, reverted: 1 });
    expect(bundleStories(await story())[0]?.outcome).toMatchObject({ state: 'reverted', block: TARGET + 9 });
  });

  test('six runs at once undo it once, and none holds back more than the stake', async () => {
    const maxGasCostWei = 10n ** 15n;
    const { chain, ledger, deps, story } = await scene(bundle(0, { maxGasCostWei }));
    const stake = stakeOf(31337, bundle().updateAtSeconds, maxGasCostWei);
    await ledger.takeStake(stake, { maxDailyGasCostWei: 10n ** 18n, maxDailyLossWei: 10n ** 18n });
    await settle(deps);
    fork(chain, TARGET);
    await Promise.all(Array.from({ length: 6 }, () => settle(deps)));
    expect((await story()).map(({ state }) => state)).toEqual(['planned', 'expired', 'expired', 'undone']);
    expect(await ledger.stakes(31337, stake.day)).toEqual({ gasWei: 0n, lossWei: 0n });
  });
});
