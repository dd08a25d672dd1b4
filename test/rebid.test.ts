import { id, Wallet } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOperator } from '../lib/adapters/operator.ts';
import type { Relay } from '../lib/adapters/relay.ts';
import type { Bundle, OracleUpdate } from '../lib/domain.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import type { Market } from '../lib/market/market.ts';
import { liquidityOf } from '../lib/planning/liquidity.ts';
import { race } from '../lib/race.ts';
import { answer, type RacerDeps } from '../lib/racer.ts';
import { recorderOf } from '../lib/racing/recorder.ts';
import { standingAt } from '../lib/racing/standing.ts';
import { type LocalDynamo, startDynamo } from './support/dynamodb.ts';
import { BASE_FEE_WEI, CHAIN_ID, timeOf } from './support/fuzz/races/chain.ts';
import { POLICY } from './support/fuzz/races/policy.ts';
import { constantProductPool, syntheticOpportunity, token } from './support/synthetic-market.ts';

/** A bundle stands for two blocks; the first of them came without it, and changed what there is to win. */

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const [WETH, USD, FEED] = [token(1), token(2), token(0xf1)];
const POOL = constantProductPool(1, [WETH, USD], [10_000n * 10n ** 18n, 40_000_000n * 10n ** 6n]);
const operator = keyOperator(new Wallet(id('the operator of this test')).privateKey);
const HEAD = 1_000;
const FEED_TERMS = { aggregator: FEED, proxies: [], decimals: 8, description: 'USD' };

/** Somebody may be liquidated for so many dollars, or nobody; the feed may have had its answer by then. */
function marketAt(number: number, dollars: bigint, told?: bigint): Market {
  const opportunity = syntheticOpportunity({
    ...{ borrower: 1, debtAsset: USD, collateralAsset: WETH },
    ...{ maxDebtToCover: dollars * 10n ** 6n, seizedPer10k: 2_625_000_000_000n },
  });
  const book = { protocol: 'synthetic', blockNumber: number, assets: new Set([WETH, USD]), feeds: new Map() };
  const head = {
    number,
    hash: id(`${number}`),
    timestampSeconds: timeOf(number),
    nextBaseFeeWei: BASE_FEE_WEI,
  };
  return {
    ...{ head, hidden: [], liquidity: liquidityOf(WETH, [POOL], []) },
    feeds: new Map(told === undefined ? [] : [[FEED, { ...FEED_TERMS, answer: told }]]),
    nonces: new Map([[operator.address, 5]]),
    books: [{ ...book, opportunities: () => (dollars === 0n ? [] : [opportunity]) }],
  };
}

const timed: OracleUpdate = {
  ...{ id: id('the update'), chainId: CHAIN_ID, aggregator: FEED, answer: 1n, epochAndRound: 7 },
  ...{ observedAtSeconds: timeOf(HEAD), seenAtMs: timeOf(HEAD) * 1_000, source: 'test' },
  trigger: { kind: 'timer', reason: 'cutoff' },
};

interface Scene {
  readonly sent: readonly Bundle[];
  readonly cancelled: readonly string[];
  readonly ledger: Ledger;
  follow(dollars: bigint, told?: bigint): Promise<void>;
}

/** Raced at first for 40,000 dollars. */
async function raced(update: OracleUpdate = timed): Promise<Scene> {
  const [sent, cancelled]: [Bundle[], string[]] = [[], []];
  const relay: Relay = {
    ...{ name: 'relay', takes: () => true },
    async send(bundle) {
      sent.push(bundle);
      return { relay: 'relay', accepted: true, tookMs: 1 };
    },
    async cancel(uuid) {
      cancelled.push(uuid);
      return { relay: 'relay', accepted: true, bundleHashes: [], tookMs: 1 };
    },
  };
  const ledger = await dynamo.freshLedger();
  let market = marketAt(HEAD, 40_000n);
  const clock = { nowMs: () => market.head.timestampSeconds * 1_000 + 1_000 };
  const resident = { follow: async () => market, current: async () => market };
  const own = { gasUsed: 400_000n, coinbaseDiffWei: 0n };
  const deps: RacerDeps = {
    ...{ ledger, clock, resident, policy: POLICY, operators: [operator], standing: standingAt([relay]) },
    bids: { records: () => [], refresh: async () => undefined },
    simulator: { simulate: async () => ({ ok: true, own: [own] }) },
    chain: { chainId: CHAIN_ID, transaction: async () => undefined },
  };
  const recorder = recorderOf(update, { ledger, clock, market, policy: POLICY, receivedAtMs: clock.nowMs() });
  expect(await race(update, { ...deps, market, recorder, nowMs: clock.nowMs() })).toBe('sent');
  return {
    ...{ sent, cancelled, ledger },
    async follow(dollars, told) {
      market = marketAt(HEAD + 1, dollars, told);
      await answer({ kind: 'NewHead', chainId: CHAIN_ID, head: market.head }, clock.nowMs(), deps);
    },
  };
}

const targets = (bundles: readonly Bundle[]): readonly number[] => bundles.map(({ target }) => target.number);

test('nothing has changed: what stands, stands', async () => {
  const { sent, cancelled, follow } = await raced();
  expect(targets(sent)).toEqual([HEAD + 1, HEAD + 2]);
  await follow(40_000n);
  expect(sent).toHaveLength(2);
  expect(cancelled).toEqual([]);
});

test('the oracle is in the block already: another bundle needs nothing before us, for the same plan', async () => {
  const rawTransaction = '0x02c0';
  const { sent, follow } = await raced({
    ...timed,
    trigger: { kind: 'pendingTransaction', rawTransaction, transactionHash: id('oracle') },
  });
  expect(sent.map(({ rawTransactions }) => rawTransactions[0])).toEqual([rawTransaction, rawTransaction]);
  await follow(40_000n, timed.answer);
  const again = sent.slice(2);
  expect(targets(again)).toEqual([HEAD + 2, HEAD + 3]);
  expect(again[0]?.replacementUuid).toBe(sent[1]?.replacementUuid);
  for (const { rawTransactions } of again) expect(rawTransactions).toHaveLength(1);
});

test('the oracle is not in the block yet: what stands, stands behind it', async () => {
  const { sent, follow } = await raced({
    ...timed,
    trigger: { kind: 'pendingTransaction', rawTransaction: '0x02c0', transactionHash: id('oracle') },
  });
  await follow(40_000n, 2n);
  expect(sent).toHaveLength(2);
});

test.each([
  ['a larger size pays', 60_000n],
  ['a rival took a part', 20_000n],
])(
  '%s: another bundle takes the place of what stands, by its uuid and with its nonce',
  async (_, dollars) => {
    const { sent, ledger, follow } = await raced();
    await follow(dollars);
    expect(targets(sent.slice(2))).toEqual([HEAD + 2, HEAD + 3]);
    expect(sent[2]?.replacementUuid).toBe(sent[1]?.replacementUuid);
    expect(sent[2]?.ownTransactionHashes).not.toEqual(sent[1]?.ownTransactionHashes);
    const planned = (await ledger.factsOfUpdate(timed.id)).filter((fact) => fact.state === 'planned');
    expect(planned.map(({ nonce }) => nonce)).toEqual([5, 5]);
  },
);

test('somebody has stopped us meanwhile: nothing new is signed', async () => {
  const { sent, ledger, follow } = await raced();
  await ledger.setPause(CHAIN_ID, { reason: 'test', atMs: 1 });
  await follow(60_000n);
  expect(sent).toHaveLength(2);
});

test('the borrower is gone: taken back', async () => {
  const { sent, cancelled, follow } = await raced();
  await follow(0n);
  expect(sent).toHaveLength(2);
  expect(cancelled).toEqual(sent.map(({ replacementUuid }) => replacementUuid));
});
