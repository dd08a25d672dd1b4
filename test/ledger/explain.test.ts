import { expect, test } from 'vitest';
import { executorInterface } from '../../lib/executor.ts';
import { explain } from '../../lib/ledger/explain.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { ALICE, address, BOB, hash, plannedFor, RIVAL, TARGET } from '../support/settlement.ts';

const T0 = 1_760_075_000_000;
const planned = plannedFor([ALICE, BOB], { atMs: T0 + 60 });
const { updateId, chainId, updateAtSeconds, ownTransactionHash } = planned;
const subject = { updateId, chainId, updateAtSeconds };
const own = { ...subject, ownTransactionHash };
const rival = { liquidator: RIVAL, transactionHash: hash(4), block: TARGET };

const claimed: Fact = {
  ...subject,
  state: 'claimed',
  atMs: T0 + 55,
  aggregator: address(9),
  feed: 'ETH / USD',
  answer: 349_000_000_000n,
  previousAnswer: 350_000_000_000n,
  epochAndRound: 1,
  trigger: 'pendingTransaction',
  transactionHash: hash(0x0a),
  seenAtMs: T0,
  receivedAtMs: T0 + 50,
};

const told = (...facts: readonly Fact[]): string =>
  explain(facts)
    .flatMap(({ lines }) => lines)
    .join('\n');

test('a story is told in the order in which it happened, whatever the order of its facts', () => {
  const moments = explain([planned, claimed]);
  expect(moments.map(({ atMs }) => atMs - T0)).toEqual([0, 50, 55, 60]);
  expect(moments[0]?.lines).toEqual([
    `seen in transaction ${hash(0x0a)}`,
    'ETH / USD answers 349000000000 after 350000000000 (-0.28 %)',
  ]);
});

test.each([
  [
    { source: 'pending:1.node', leadMs: 7_400, msIntoSlot: 4_600 },
    ', by pending:1.node, 4.6 s into the slot, 7.4 s before its block',
  ],
  [{ source: 'webhook:alchemy', leadMs: -1_200 }, ', by webhook:alchemy, 1.2 s after its block'],
])('who saw it, and how long before its block: %o', (sight, expected) => {
  expect(told({ ...claimed, ...sight })).toContain(`seen in transaction ${hash(0x0a)}${expected}`);
});

test('what time alone brings, and what only a hint shows', () => {
  const { transactionHash: _, ...sight } = claimed;
  const timer: Fact = { ...sight, trigger: 'timer', source: 'timer' };
  expect(told(timer)).toContain('due by time alone, by timer');
  const hint: Fact = { ...sight, trigger: 'mevShareHint', source: 'mev-share', hintHash: hash(0x0b) };
  expect(told(hint)).toContain(`seen in hint ${hash(0x0b)}, by mev-share`);
});

test('a plan with its numbers', () => {
  const text = told(planned);
  expect(text).toContain(`planned transaction ${ownTransactionHash} for block 100`);
  expect(text).toContain('head was 99, base fee 1.0 gwei, nonce 5');
  expect(text).toContain(`liquidate aave-v3 borrower ${ALICE}, health factor 0.99`);
  expect(text).toContain('profit 0.0000003 ETH = 0.000001 gross − 0.0000004 gas − 0.0000003 bid');
});

test('a skip with the numbers that decided', () => {
  const text = told({
    ...{
      ...subject,
      atMs: T0,
      state: 'skipped',
      reason: 'unprofitable',
      protocol: 'aave-v3',
      borrower: ALICE,
    },
    numbers: { profitWei: -5n, venue: 'none' },
  });
  expect(text).toBe(`skipped aave-v3 borrower ${ALICE}: unprofitable\nprofitWei = -5\nvenue = none`);
});

test('what was weighed and not chosen, of a plan and of a skip', () => {
  const pair = { debtAsset: address(1), collateralAsset: address(2), steps: 1 };
  const less = {
    ...pair,
    reason: 'lessProfit',
    funding: 'aave-v3',
    debtToCover: 7n,
    profitWei: 10n ** 17n,
  } as const;
  const none = { ...pair, reason: 'noRoute' } as const;
  const [plan] = planned.plans;
  const text = told(
    { ...planned, plans: plan ? [{ ...plan, alternatives: [less] }] : [] },
    { ...subject, atMs: T0, state: 'skipped', reason: 'noRoute', numbers: {}, alternatives: [none] },
  );
  const by = ', funded by aave-v3, profit 0.1 ETH';
  expect(text).toContain(`not chosen, lessProfit: repay 7 of ${address(1)} for ${address(2)}, steps 1${by}`);
  expect(text).toContain(`not chosen, noRoute: repay ${address(1)} for ${address(2)}, steps 1`);
});

test('every relay with its answer, and the time of every stage', () => {
  const text = told({
    ...{ ...own, atMs: T0, state: 'sent' },
    submissions: [
      { relay: 'flashbots', accepted: true, bundleHash: '0xb1', tookMs: 12.34 },
      { relay: 'titan', accepted: false, error: 'rate limited', tookMs: 3 },
    ],
    stagesMs: { received: T0, decoded: T0 + 1, sent: T0 + 40.25 },
  });
  expect(text).toContain('flashbots accepted it in 12.3 ms: 0xb1');
  expect(text).toContain('titan refused it in 3.0 ms: rate limited');
  expect(text).toContain('since received: decoded +1.0 ms, sent +40.3 ms');
});

test('an inclusion, borrower by borrower, with the reason of a failure in words', () => {
  const failure = executorInterface.encodeErrorResult('ProfitTooLow', [3n, 7n]);
  const text = told({
    ...{ ...own, atMs: T0, state: 'included', block: TARGET, sameBlock: true },
    ...{ gasUsed: 1n, effectiveGasPriceWei: 1n, gasCostWei: 10n ** 15n },
    ...{ grossProfitWei: 10n ** 18n, bidWei: 9n * 10n ** 17n, netProfitWei: 10n ** 17n - 10n ** 15n },
    items: [
      { protocol: 'aave-v3', borrower: ALICE, profitWei: 10n ** 18n },
      { protocol: 'aave-v3', borrower: BOB, failure, rival },
    ],
  });
  expect(text).toContain("included in block 100, the block of the oracle's transaction");
  expect(text).toContain('net 0.099 ETH = 1.0 gross − 0.9 bid − 0.001 gas');
  expect(text).toContain(`won aave-v3 borrower ${ALICE}: 1.0 ETH`);
  expect(text).toContain(
    `failed aave-v3 borrower ${BOB}: ProfitTooLow(3, 7), taken by ${RIVAL} in block 100`,
  );
});

test('the other ends: reverted, lost, expired, a simulation that said no', () => {
  const rivals = [{ protocol: 'aave-v3', borrower: BOB, ...rival }];
  const mined = {
    block: TARGET,
    gasUsed: 1n,
    effectiveGasPriceWei: 1n,
    gasCostWei: 5n,
    netProfitWei: -5n,
    sameBlock: false,
  };
  expect(told({ ...own, ...mined, atMs: T0, state: 'reverted', rivals })).toContain(
    '0.000000000000000005 ETH of gas for nothing',
  );
  expect(told({ ...own, atMs: T0, state: 'lost', rivals })).toContain(
    `borrower ${BOB} was taken by ${RIVAL} in block 100`,
  );
  expect(told({ ...own, atMs: T0, state: 'expired' })).toContain('nobody else took a borrower');
  const simulated = {
    ...own,
    atMs: T0,
    state: 'simulated',
    ok: false,
    reason: 'simulationReverted',
    detail: 'why',
  } as const;
  expect(told(simulated)).toBe('simulationReverted: why');
  expect(
    told({ ...own, atMs: T0, state: 'simulated', ok: true, gasUsed: 9n, coinbaseDiffWei: 10n ** 18n }),
  ).toBe('simulated: 9 gas, pays the builder 1.0 ETH');
});

test('revert data that nobody knows, or that only pretends, stays as it is', () => {
  const cost = {
    gasUsed: 0n,
    effectiveGasPriceWei: 0n,
    gasCostWei: 0n,
    netProfitWei: 0n,
    grossProfitWei: 0n,
    bidWei: 0n,
  };
  const reasons = ['0xdeadbeef', '0x', '0x08c379a0', `0x08c379a0${'ff'.repeat(64)}`];
  const items = reasons.map((failure) => ({ protocol: 'aave-v3', borrower: ALICE, failure }));
  const text = told({ ...own, ...cost, atMs: T0, state: 'included', block: 1, sameBlock: false, items });
  for (const reason of reasons) expect(text).toMatch(new RegExp(`revert data ${reason}$`, 'm'));
});
