import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apportion } from '../../lib/ledger/apportion.ts';
import type { Claimed, Fact, Skipped } from '../../lib/ledger/fact.ts';
import type { OutcomeFact } from '../../lib/ledger/outcome.ts';
import { GROUPINGS, reportOf } from '../../lib/ledger/report.ts';
import type { Tally } from '../../lib/ledger/tally.ts';
import { anyStory } from '../support/ledger-stories.ts';
import { ALICE, address, BOB, hash, plan, plannedFor, RIVAL, TARGET } from '../support/settlement.ts';

const planned = plannedFor([ALICE, BOB]);
const { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash } = planned;
const bundle = { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash };
const mined = {
  block: TARGET,
  gasUsed: 300_000n,
  effectiveGasPriceWei: 1n,
  gasCostWei: 300_001n,
  sameBlock: true,
};
const rival = { liquidator: RIVAL, transactionHash: hash(4), block: TARGET };

const claimed: Claimed = {
  ...{ updateId, chainId, updateAtSeconds, atMs },
  state: 'claimed',
  aggregator: address(9),
  feed: 'ETH / USD',
  answer: 1n,
  epochAndRound: 1,
  trigger: 'pendingTransaction',
  seenAtMs: 1,
  receivedAtMs: 2,
};
const skipped: Skipped = {
  ...{ updateId, chainId, updateAtSeconds, atMs },
  ...{ state: 'skipped', reason: 'unprofitable', protocol: 'aave-v3', borrower: address(0xcc), numbers: {} },
};

/** One borrower won 901 wei, the other was lost to a rival: 901 − 100 − 300,001. */
const mixed: OutcomeFact = {
  ...bundle,
  ...mined,
  state: 'included',
  grossProfitWei: 901n,
  bidWei: 100n,
  netProfitWei: 901n - 100n - 300_001n,
  items: [
    { protocol: 'aave-v3', borrower: ALICE, profitWei: 901n },
    { protocol: 'aave-v3', borrower: BOB, failure: '0x', rival },
  ],
};

const totalOf = (...facts: readonly Fact[]): Tally => reportOf(facts, []).total;

describe('what a bundle came to', () => {
  test('won and lost in one bundle: the winner pays the bid, both pay the gas', () => {
    const { groups, total } = reportOf([claimed, planned, mixed], ['borrower']);
    expect(total).toMatchObject({
      results: { won: 1, lost: 1 },
      ...{ grossProfitWei: 901n, bidWei: 100n, gasCostWei: 300_001n, netProfitWei: -299_200n },
      expectedProfitWei: plan(ALICE).profitWei,
      missedProfitWei: plan(BOB).profitWei,
      flashFees: { [address(1)]: 7n },
    });
    expect(groups.borrower).toMatchObject([
      { key: `aave-v3 ${ALICE}`, tally: { grossProfitWei: 901n, bidWei: 100n, gasCostWei: 150_000n } },
      { key: `aave-v3 ${BOB}`, tally: { grossProfitWei: 0n, bidWei: 0n, gasCostWei: 150_001n } },
    ]);
  });

  test('the lines name the feed, the funding and the rival', () => {
    expect(reportOf([mixed, planned, claimed], []).lines).toMatchObject([
      { result: 'won', borrower: ALICE, feed: 'ETH / USD', funding: 'uniswap-v3-flash-swap' },
      { result: 'lost', borrower: BOB, rival },
    ]);
  });

  test('reverted: its gas is a cost, its plans were missed', () => {
    const reverted: OutcomeFact = {
      ...bundle,
      ...mined,
      state: 'reverted',
      netProfitWei: -300_001n,
      rivals: [],
    };
    expect(totalOf(planned, reverted)).toMatchObject({
      results: { reverted: 2 },
      ...{ grossProfitWei: 0n, netProfitWei: -300_001n, gasCostWei: 300_001n },
      missedProfitWei: 2n * plan(ALICE).profitWei,
      flashFees: {},
    });
  });

  test('lost where a rival took the borrower, expired where nobody did', () => {
    const lost: OutcomeFact = {
      ...bundle,
      state: 'lost',
      rivals: [{ protocol: 'aave-v3', borrower: BOB, ...rival }],
    };
    expect(totalOf(planned, lost).results).toEqual({ expired: 1, lost: 1 });
    expect(totalOf(planned, { ...bundle, state: 'expired' }).results).toEqual({ expired: 2 });
  });

  test('failed where nobody else took it either', () => {
    const items = [{ protocol: 'aave-v3', borrower: ALICE, failure: '0x' }];
    expect(totalOf(planned, { ...mixed, items }).results).toEqual({ failed: 1, won: 1 });
  });

  test('before its outcome a bundle is open, or withdrawn where its simulation reverted', () => {
    const simulated = { ...bundle, state: 'simulated', ok: false, detail: '' } as const;
    expect(totalOf(planned)).toMatchObject({ results: { open: 2 }, missedProfitWei: 0n });
    expect(totalOf(planned, { ...simulated, reason: 'simulationReverted' })).toMatchObject({
      results: { withdrawn: 2 },
      missedWei: { withdrawn: 2n * plan(ALICE).profitWei },
    });
    expect(totalOf(planned, { ...simulated, reason: 'simulationUnavailable' }).results).toEqual({ open: 2 });
  });

  test('an outcome whose plan is not among the facts is counted all the same', () => {
    expect(totalOf(mixed)).toMatchObject({ results: { won: 1 }, netProfitWei: -299_200n });
  });
});

describe('what was not sent', () => {
  test('skips are counted by their reason', () => {
    const quiet: Skipped = { ...skipped, reason: 'opensNothing', borrower: undefined, protocol: undefined };
    expect(totalOf(claimed, skipped, quiet)).toMatchObject({
      results: { skipped: 2 },
      skipped: { unprofitable: 1, opensNothing: 1 },
    });
  });

  test('a claim and nothing else is undecided', () => {
    expect(totalOf(claimed).results).toEqual({ undecided: 1 });
  });

  test('nothing at all', () => {
    expect(reportOf([], GROUPINGS)).toMatchObject({
      updates: 0,
      lines: [],
      total: { netProfitWei: 0n, results: {} },
    });
  });
});

describe('sums', () => {
  const AMOUNTS = [
    ...(['grossProfitWei', 'bidWei', 'gasCostWei'] as const),
    ...(['netProfitWei', 'expectedProfitWei', 'missedProfitWei'] as const),
  ];
  const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

  test('the groups of any grouping sum to the total', () => {
    fc.assert(
      fc.property(fc.array(anyStory, { maxLength: 6 }), (stories) => {
        const { total, groups, lines } = reportOf(stories.flat(), GROUPINGS);
        for (const grouping of GROUPINGS) {
          const members = groups[grouping] ?? [];
          for (const name of AMOUNTS) expect(sum(members.map(({ tally }) => tally[name]))).toBe(total[name]);
          expect(members.flatMap((group) => group.lines)).toHaveLength(lines.length);
        }
      }),
    );
  });

  test('the total is that of the outcomes, to the wei', () => {
    fc.assert(
      fc.property(fc.array(anyStory, { maxLength: 6 }), (stories) => {
        const outcomes = stories.flat().flatMap((fact) => ('gasCostWei' in fact ? fact : []));
        const { total } = reportOf(stories.flat(), []);
        const gross = sum(outcomes.map((fact) => (fact.state === 'included' ? fact.grossProfitWei : 0n)));
        const bid = sum(outcomes.map((fact) => (fact.state === 'included' ? fact.bidWei : 0n)));
        const gas = sum(outcomes.map(({ gasCostWei }) => gasCostWei));
        expect(total).toMatchObject({
          grossProfitWei: gross,
          bidWei: bid,
          gasCostWei: gas,
          netProfitWei: gross - bid - gas,
        });
      }),
    );
  });

  test('the order of the facts does not matter', () => {
    fc.assert(
      fc.property(fc.array(anyStory, { maxLength: 3 }), fc.infiniteStream(fc.nat()), (stories, random) => {
        const facts = stories.flat();
        const shuffled = facts
          .map((fact) => ({ fact, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ fact }) => fact);
        const ordered = reportOf(facts, GROUPINGS);
        expect(reportOf(shuffled, GROUPINGS).total).toEqual(ordered.total);
      }),
    );
  });
});

describe('apportion', () => {
  const amount = fc.bigInt({ min: 0n, max: 2n ** 256n });

  test('the parts sum to the whole, and each is within one of its exact share', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 1, maxLength: 8 }), (total, weights) => {
        const parts = apportion(total, weights);
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
        const sum = weights.reduce((a, b) => a + b, 0n);
        for (const [index, part] of parts.entries()) {
          const error = part * sum - total * (weights[index] ?? 0n);
          expect(sum === 0n || (error > -sum && error < sum)).toBe(true);
        }
      }),
    );
  });

  test('equal parts where nothing tells them apart; the last takes the rest', () => {
    expect(apportion(10n, [0n, 0n, 0n])).toEqual([3n, 3n, 4n]);
    expect(apportion(10n, [])).toEqual([]);
  });

  test('nothing for a weight of 0 among others', () => {
    expect(apportion(10n, [0n, 3n, 0n])).toEqual([0n, 10n, 0n]);
  });
});
