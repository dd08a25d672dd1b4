import { describe, expect, test } from 'vitest';
import type { Claimed, Fact, Skipped } from '../../lib/ledger/fact.ts';
import type { OutcomeFact } from '../../lib/ledger/outcome.ts';
import type { Settings } from '../../lib/replay/replay-story.ts';
import { whatIf } from '../../lib/replay/what-if.ts';
import { ALICE, address, BOB, hash, plan, plannedFor, RIVAL, TARGET } from '../support/settlement.ts';

const GWEI = 10n ** 9n;
const planned = plannedFor([ALICE]);
const { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash } = planned;
const subject = { updateId, chainId, updateAtSeconds, atMs };
const bundle = { ...subject, ownTransactionHash };

/** The plan of the fixtures: 1,000 gwei gross, 400 gas, and half of what is left for the builder. */
const claimed: Claimed = {
  ...subject,
  ...{ state: 'claimed', aggregator: address(9), feed: 'ETH / USD', answer: 1n, epochAndRound: 1 },
  ...{ trigger: 'pendingTransaction', seenAtMs: 1, receivedAtMs: 2 },
  policy: {
    hash: hash(7),
    bidBps: 5_000n,
    minProfitWei: 0n,
    maxGasCostWei: 10n ** 18n,
    priorityFeeWei: 0n,
  },
};
/** Earned 1,100 gwei and used 300 gwei of gas: the bid is half of what is above the planned gas. */
const included: OutcomeFact = {
  ...bundle,
  ...{
    state: 'included',
    block: TARGET,
    gasUsed: 300_000n,
    effectiveGasPriceWei: 10n ** 6n,
    sameBlock: true,
  },
  ...{ gasCostWei: 300n * GWEI, grossProfitWei: 1_100n * GWEI, bidWei: 350n * GWEI },
  netProfitWei: 450n * GWEI,
  items: [{ protocol: 'aave-v3', borrower: ALICE, profitWei: 1_100n * GWEI }],
};
const lostTo = (paymentWei: bigint | undefined): OutcomeFact => ({
  ...bundle,
  state: 'lost',
  rivals: [
    {
      ...{ protocol: 'aave-v3', borrower: ALICE, liquidator: RIVAL, transactionHash: hash(4), block: TARGET },
      ...(paymentWei !== undefined && { paymentWei }),
    },
  ],
});
const unprofitable: Skipped = {
  ...subject,
  ...{ state: 'skipped', reason: 'unprofitable', protocol: 'aave-v3', borrower: BOB },
  numbers: {
    ...{ grossProfitWei: 500n * GWEI, gasUsed: 400_000n, gasCostWei: 400n * GWEI, bidWei: 50n * GWEI },
    ...{ profitWei: 50n * GWEI, minProfitWei: 60n * GWEI },
  },
};

const kinds = (facts: readonly Fact[], settings: Settings) => {
  const { changes } = whatIf(facts, settings);
  return changes.map(({ kind, atBestWei, atWorstWei }) => [kind, atWorstWei / GWEI, atBestWei / GWEI]);
};

describe('a win', () => {
  const story = [claimed, planned, included];

  test('with the same settings comes to the same, to the wei', () => {
    expect(whatIf(story, {})).toMatchObject({
      ...{ profitThenWei: 450n * GWEI, atBestWei: 450n * GWEI, atWorstWei: 450n * GWEI },
      ...{ winsThen: 1, counts: { kept: 1 } },
    });
  });

  test('with a higher bid stays, and earns less', () => {
    expect(kinds(story, { bidBps: 6_000n })).toEqual([['kept', 380n, 380n]]);
  });

  test('with a lower bid earns more, or is lost', () => {
    expect(kinds(story, { bidBps: 4_000n })).toEqual([['atRisk', 0n, 520n]]);
  });

  test('that a higher floor or a lower gas ceiling forbids is not sent', () => {
    expect(kinds(story, { minProfitWei: 301n * GWEI })).toEqual([['dropped', 0n, 0n]]);
    // 400,000 gas and three tenths, and 220,000 that a transaction needs besides, at 0.001 gwei.
    expect(kinds(story, { maxGasCostWei: 740n * GWEI })).toEqual([['kept', 450n, 450n]]);
    expect(kinds(story, { maxGasCostWei: 740n * GWEI - 1n })).toEqual([['dropped', 0n, 0n]]);
  });
});

describe('a loss', () => {
  const story = (paymentWei?: bigint) => [claimed, planned, lostTo(paymentWei)];

  test('is won where the new payment exceeds what the rival paid', () => {
    expect(kinds(story(359n * GWEI), { bidBps: 6_000n })).toEqual([['gained', 240n, 240n]]);
    expect(kinds(story(360n * GWEI), { bidBps: 6_000n })).toEqual([['same', 0n, 0n]]);
  });

  test('to a rival whose payment nobody knows stays one', () => {
    expect(kinds(story(), { bidBps: 10_000n })).toEqual([['same', 0n, 0n]]);
  });
});

describe('what was skipped', () => {
  test('is sent where it passes the new floor, and may win or not', () => {
    expect(kinds([claimed, unprofitable], { minProfitWei: 50n * GWEI })).toEqual([['newlySent', 0n, 50n]]);
    expect(kinds([claimed, unprofitable], { minProfitWei: 51n * GWEI })).toEqual([['same', 0n, 0n]]);
  });

  test('joins a bundle that pays for the transaction already', () => {
    const facts = [claimed, unprofitable, planned, included];
    expect(kinds(facts, { minProfitWei: 50n * GWEI })).toEqual([
      ['kept', 450n, 450n],
      ['newlySent', 0n, 50n],
    ]);
  });
});

test('the first that stays pays for the transaction', () => {
  const two = plannedFor([ALICE, BOB]);
  // The first leaves too little on its own; the second then carries the 130,000 gas of the transaction.
  const poor = { ...plan(ALICE), grossProfitWei: 410n * GWEI };
  const facts = [claimed, { ...two, plans: [poor, plan(BOB)] }, lostTo(1n)];
  const [first, second] = whatIf(facts, { minProfitWei: 6n * GWEI }).changes;
  expect(first?.kind).toBe('dropped');
  expect(second).toMatchObject({ kind: 'same', borrower: BOB });
});

test('a story of before policies were recorded is counted, and in no sum', () => {
  const { policy: _, ...older } = claimed;
  expect(whatIf([older, planned, included], { bidBps: 1n })).toMatchObject({ unreplayable: 1, changes: [] });
});
