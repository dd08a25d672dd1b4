import { readFileSync } from 'node:fs';
import { id, keccak256, Transaction, Wallet } from 'ethers';
import { expect, test } from 'vitest';
import { keyOperator } from '../lib/adapters/operator.ts';
import { parseNetworkConfig, racePolicy } from '../lib/config.ts';
import type { Bundle, OracleUpdate, Trigger } from '../lib/domain.ts';
import { StoreError } from '../lib/errors.ts';
import { executorInterface } from '../lib/executor.ts';
import type { Fact } from '../lib/ledger/fact.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import type { Market } from '../lib/market/market.ts';
import { liquidityOf } from '../lib/planning/liquidity.ts';
import { race } from '../lib/race.ts';
import { recorderOf } from '../lib/racing/recorder.ts';
import { constantProductPool, syntheticOpportunity, token } from './support/synthetic-market.ts';

/** The race with so many borrowers that one transaction does not hold them. */
const [WETH, USD] = [token(1), token(2)];
const EXECUTOR = token(0xecabcdef);
const POOL = constantProductPool(1, [WETH, USD], [10n ** 23n, 400_000_000n * 10n ** 6n]);
const FIRST_NONCE = 17;
const wallet = new Wallet(id('operator'));

const local = JSON.parse(readFileSync('config/local.json', 'utf8'));
const policyWith = (changes: object) =>
  racePolicy(
    parseNetworkConfig(
      {
        ...local,
        contracts: { ...local.contracts, executor: EXECUTOR },
        policy: { ...local.policy, mode: 'live', maxGasCostWei: '10000000000000000000', ...changes },
      },
      'test',
    ),
  );

const opportunities = Array.from({ length: 100 }, (_, borrower) =>
  syntheticOpportunity({
    ...{ borrower, debtAsset: USD, collateralAsset: WETH, maxDebtToCover: 40_000n * 10n ** 6n },
    seizedPer10k: 2_625_000_000_000n,
  }),
);

function marketWith(gasLimit: bigint): Market {
  const head = {
    number: 99,
    hash: id('block'),
    timestampSeconds: 1_188,
    nextBaseFeeWei: 10n ** 9n,
    gasLimit,
  };
  const assets = new Set([WETH, USD]);
  const book = { protocol: 'synthetic', blockNumber: 99, assets, feeds: new Map() };
  return {
    ...{ head, feeds: new Map(), hidden: [], liquidity: liquidityOf(WETH, [POOL], []) },
    books: [{ ...book, opportunities: () => opportunities }],
    nonces: new Map([[wallet.address, FIRST_NONCE]]),
  };
}

interface Raced {
  readonly decision: string;
  readonly facts: readonly Fact[];
  readonly sent: readonly Bundle[];
  readonly transactions: readonly Transaction[];
  /** What was taken from the day's budget, and given back. */
  readonly stakes: readonly bigint[];
  readonly returned: readonly bigint[];
}

async function raced(
  trigger: Trigger,
  {
    gasLimit = 45_000_000n,
    changes = {},
    claim = async () => true,
  }: { gasLimit?: bigint; changes?: object; claim?: Ledger['claim'] } = {},
): Promise<Raced> {
  const [facts, sent]: [Fact[], Bundle[]] = [[], []];
  const [stakes, returned]: [bigint[], bigint[]] = [[], []];
  const market = marketWith(gasLimit);
  const policy = policyWith(changes);
  const ledger = { ...ledgerOf(facts, stakes, returned), claim };
  const update: OracleUpdate = {
    ...{ id: id('update'), chainId: local.chainId, aggregator: token(0xf1), answer: 1n, epochAndRound: 1 },
    ...{ observedAtSeconds: 1_188, seenAtMs: 1_188_000, source: 'test', trigger },
  };
  const clock = { nowMs: () => 1_188_000 };
  const decision = await race(update, {
    ...{ market, policy, ledger, operators: [keyOperator(wallet.privateKey)], nowMs: 1_188_000 },
    bids: { records: () => [] },
    simulator: {
      simulate: async ({ ownTransactionHashes }) => ({
        ok: true,
        own: ownTransactionHashes.map((_, index) => ({ gasUsed: BigInt(index + 1), coinbaseDiffWei: 1n })),
      }),
    },
    standing: {
      send: async (_, bundles) => {
        sent.push(...bundles);
        return [];
      },
      waiting: () => [],
      takeBack: async () => [],
    },
    recorder: recorderOf(update, { ledger, clock, market, policy, receivedAtMs: 1_188_000 }),
  }).catch(String);
  const own = sent[0]?.rawTransactions.slice(-(sent[0]?.ownTransactionHashes.length ?? 0)) ?? [];
  return { decision, facts, sent, stakes, returned, transactions: own.map((raw) => Transaction.from(raw)) };
}

async function* noneOf(): AsyncGenerator<never> {
  yield* [];
}

const ledgerOf = (facts: Fact[], stakes: bigint[], returned: bigint[]): Ledger => ({
  claim: async () => true,
  append: async (fact) => facts.push(fact) > 0,
  factsOfUpdate: async () => facts,
  ...{ plannedSince: noneOf, factsByDay: noneOf },
  ...{ settleCursor: async () => undefined, advanceSettleCursor: async () => true },
  lease: async () => 'leased',
  takeStake: async ({ gasWei }) => stakes.push(gasWei) > 0,
  returnStake: async ({ gasWei }, spent) => {
    returned.push(gasWei - spent.gasWei);
  },
  stakes: async () => ({ gasWei: 0n, lossWei: 0n }),
  ...{ pause: async () => undefined, setPause: async () => undefined },
});

const ORACLE = '0x02c0';
const pending: Trigger = {
  kind: 'pendingTransaction',
  rawTransaction: ORACLE,
  transactionHash: id('oracle'),
};
const plannedIn = (facts: readonly Fact[]) => facts.filter((fact) => fact.state === 'planned');
const itemsOf = ({ data }: Transaction): number =>
  executorInterface.decodeFunctionData('execute', data)[0].length;

test('a hundred borrowers: one bundle of several transactions, by one key, without a gap', async () => {
  const { decision, sent, transactions, facts } = await raced(pending);
  expect(decision).toBe('sent');
  expect(transactions.length).toBeGreaterThan(1);
  expect(sent[0]?.rawTransactions[0]).toBe(ORACLE);
  expect(transactions.map(({ nonce }) => nonce)).toEqual(transactions.map((_, at) => FIRST_NONCE + at));
  expect(new Set(transactions.map(({ from }) => from))).toEqual(new Set([wallet.address]));
  expect(transactions.reduce((sum, transaction) => sum + itemsOf(transaction), 0)).toBe(100);
  for (const { gasLimit } of transactions) expect(gasLimit).toBeLessThanOrEqual(16_777_216n);
  expect(facts.some(({ state }) => state === 'skipped')).toBe(false);
});

test('each transaction is on record by itself: its borrowers, its nonce, what it may cost, what it came to', async () => {
  const { sent, transactions, facts, stakes, returned } = await raced(pending);
  const planned = plannedIn(facts);
  expect(planned.map(({ ownTransactionHash }) => ownTransactionHash)).toEqual(sent[0]?.ownTransactionHashes);
  expect(sent[0]?.ownTransactionHashes).toEqual(transactions.map(({ serialized }) => keccak256(serialized)));
  expect(planned.map(({ nonce }) => nonce)).toEqual(transactions.map(({ nonce }) => nonce));
  expect(planned.map(({ plans }) => plans.length)).toEqual(transactions.map(itemsOf));
  expect(planned.map(({ part }) => part)).toEqual(
    transactions.map((_, index) => ({ index, of: transactions.length })),
  );
  const costs = transactions.map(({ gasLimit, maxFeePerGas }) => gasLimit * (maxFeePerGas ?? 0n));
  expect(planned.map(({ maxGasCostWei }) => maxGasCostWei)).toEqual(costs);
  expect(stakes).toEqual([costs.reduce((sum, cost) => sum + cost, 0n)]);
  expect(returned).toEqual([]);
  const simulated = facts.filter((fact) => fact.state === 'simulated');
  expect(simulated.map((fact) => fact.ok && fact.gasUsed)).toEqual(
    transactions.map((_, at) => BigInt(at + 1)),
  );
  expect(facts.filter(({ state }) => state === 'sent')).toHaveLength(transactions.length);
});

test('what does not fit into the block is left, and says so', async () => {
  const { transactions, facts } = await raced(pending, { gasLimit: 20_000_000n });
  const done = transactions.reduce((sum, transaction) => sum + itemsOf(transaction), 0);
  const left = facts.filter((fact) => fact.state === 'skipped');
  expect(done + left.length).toBe(100);
  expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set(['noRoom']));
  const used = plannedIn(facts).flatMap(({ plans }) => plans.map(({ gasUsed }) => gasUsed));
  expect(used.reduce((sum, gas) => sum + gas, 0n)).toBeLessThanOrEqual(18_000_000n);
});

test('a gas ceiling is a ceiling for all of them together', async () => {
  const { transactions } = await raced(pending, { changes: { maxGasCostWei: '20000000000000000' } });
  const most = transactions.reduce(
    (sum, { gasLimit, maxFeePerGas }) => sum + gasLimit * (maxFeePerGas ?? 0n),
    0n,
  );
  expect(most).toBeLessThanOrEqual(2n * 10n ** 16n);
  expect(transactions.length).toBeGreaterThan(1);
});

test('behind a hint there is room for one transaction', async () => {
  const call = { to: token(7), data: '0x' };
  const { sent, facts } = await raced({ kind: 'mevShareHint', hash: id('hint'), call });
  expect(sent[0]?.rawTransactions).toHaveLength(1);
  expect(plannedIn(facts)).toHaveLength(1);
  expect(plannedIn(facts)[0]).not.toHaveProperty('part');
});

test('an update that is another racer’s: nothing is signed or written, and what was taken is given back', async () => {
  const { decision, sent, facts, stakes, returned } = await raced(pending, { claim: async () => false });
  expect({ decision, sent, facts }).toEqual({ decision: 'duplicate', sent: [], facts: [] });
  expect(stakes).toHaveLength(1);
  expect(returned).toEqual(stakes);
});

test('a claim that fails: nothing is signed or written, and what was taken is given back', async () => {
  const claim = () => Promise.reject(new StoreError('The table does not answer.'));
  const { decision, sent, facts, stakes, returned } = await raced(pending, { claim });
  expect(decision).toBe('StoreError: The table does not answer.');
  expect({ sent, facts }).toEqual({ sent: [], facts: [] });
  expect(stakes).toHaveLength(1);
  expect(returned).toEqual(stakes);
});
