import { expect, test } from 'vitest';
import { bidsText } from '../../bin/commands/bids.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { bidRecordsOf } from '../../lib/racing/bid-records.ts';

const subject = { updateId: '0x01', chainId: 1, updateAtSeconds: 1_760_097_600, atMs: 0 };
const bundle = { ...subject, ownTransactionHash: '0x02' };
const address = `0x${'11'.repeat(20)}`;
const plan = (grossProfitWei: bigint, bidWei: bigint) => ({
  ...{
    protocol: 'p',
    borrower: address,
    debtAsset: address,
    collateralAsset: address,
    healthFactorWad: 1n,
    steps: 1,
  },
  ...{ debtToCover: 1n, seizedCollateral: 1n, funding: 'f', flashFee: 0n, gasUsed: 1n, alternatives: [] },
  ...{ grossProfitWei, gasCostWei: 100n, bidWei, profitWei: grossProfitWei - 100n - bidWei },
});

const story = (outcome: Fact, sent = true): readonly Fact[] => [
  {
    ...{ ...subject, state: 'claimed', aggregator: address, feed: 'ETH / USD', answer: 1n, epochAndRound: 1 },
    ...{ trigger: 'timer', seenAtMs: 0, receivedAtMs: 0 },
  },
  {
    ...{ ...bundle, state: 'planned', targetBlock: 5, headBlock: 4, baseFeeWei: 1n, executor: address },
    ...{
      operator: address,
      nonce: 0,
      replacementUuid: 'u',
      plans: [plan(1_100n, 600n), plan(1_100n, 800n), plan(50n, 0n)],
    },
  },
  ...(sent ? [{ ...bundle, state: 'sent' as const, submissions: [], stagesMs: {} }] : []),
  outcome,
];
const mined = {
  ...bundle,
  block: 5,
  gasUsed: 1n,
  effectiveGasPriceWei: 1n,
  gasCostWei: 1n,
  netProfitWei: 1n,
  sameBlock: true,
};
const included: Fact = { ...mined, state: 'included', grossProfitWei: 1n, bidWei: 1n, items: [] };
const lost: Fact = { ...bundle, state: 'lost', rivals: [] };

test('an included bundle is a bid that won: 1,400 of 2,000 wei, at noon', () => {
  expect(bidRecordsOf(story(included))).toEqual([
    { feed: 'ETH / USD', hour: 12, valueWei: 2_000n, shareBps: 7_000, included: true },
  ]);
});

test('a lost one is a bid that lost', () => {
  expect(bidRecordsOf(story(lost))).toMatchObject([{ shareBps: 7_000, included: false }]);
});

test('a bundle of two transactions is one bid', () => {
  const [claimed, ...first] = story(included);
  const second = first.map((fact) => ({ ...fact, ownTransactionHash: '0x03' }));
  expect(bidRecordsOf([...(claimed ? [claimed] : []), ...first, ...second])).toEqual([
    { feed: 'ETH / USD', hour: 12, valueWei: 4_000n, shareBps: 7_000, included: true },
  ]);
});

test.each([
  ['expired: nobody beat it', story({ ...bundle, state: 'expired' })],
  ['reverted: no matter of bids', story({ ...mined, state: 'reverted', rivals: [] })],
  ['never sent', story(lost, false)],
])('a bundle that %s is none', (_, facts) => {
  expect(bidRecordsOf(facts)).toEqual([]);
});

test('the command prints the curve of each feed and size, and what each policy would have earned', () => {
  const text = bidsText(bidRecordsOf([...story(included)]));
  expect(text).toContain('1 bids, 1 included.');
  expect(text).toMatch(/ETH \/ USD, below 0\.01 ETH +1 +\d+ %/);
  for (const policy of ['fixed 50 %', 'fixed 80 %', 'fixed 95 %', 'fixed 99 %', 'fitted'])
    expect(text).toContain(policy);
  expect(bidsText([])).toMatch(/start from its prior/);
});
