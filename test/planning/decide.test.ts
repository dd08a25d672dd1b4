import { expect, test } from 'vitest';
import type { OracleUpdate } from '../../lib/domain.ts';
import { decide } from '../../lib/planning/decide.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import type { Terms } from '../../lib/planning/profit.ts';
import type { Book } from '../../lib/protocols/book.ts';
import { constantProductPool, syntheticOpportunity, token } from '../support/synthetic-market.ts';

const WETH = token(1);
const USD = token(2);
const ETHER = 10n ** 18n;
const terms: Terms = { gasPriceWei: 10n ** 9n, fixedGas: 100_000n, bidBps: 9_000n, minProfitWei: 0n };
const update: OracleUpdate = {
  ...{ id: '0x1', chainId: 1, aggregator: '0xa', answer: 1n, epochAndRound: 1, source: 'test' },
  ...{ observedAtSeconds: 0, seenAtMs: 0 },
  trigger: { kind: 'timer', reason: 'interest' },
};
const target = { number: 2, timestampSeconds: 24, baseFeeWei: 0n };

/** A market of its own, in which this borrower falls. */
const bookOf = (protocol: string, borrower: number): Book => ({
  ...{ protocol, blockNumber: 1, assets: new Set([WETH, USD]), feeds: new Map() },
  opportunities: () => [
    {
      ...syntheticOpportunity({
        ...{ borrower, debtAsset: USD, collateralAsset: WETH },
        ...{ maxDebtToCover: 40_000_000_000n, seizedPer10k: 2_625_000_000_000n },
      }),
      protocol,
    },
  ],
});

const decided = (books: readonly Book[], quarantined: ReadonlyMap<Book, ReadonlySet<string>>) => {
  const pool = constantProductPool(1, [WETH, USD], [10_000n * ETHER, 40_000_000_000_000n]);
  const liquidity = liquidityOf(WETH, [pool], []);
  return decide(
    update,
    target,
    { books, liquidity, quarantined, hidden: [], head: { timestampSeconds: 12 } },
    terms,
  );
};

const [core, other] = [bookOf('core', 7), bookOf('other', 7)];
const who = core.opportunities([], target)[0]?.borrower ?? '';

test('who is quarantined in one market is left alone there, and raced in another', () => {
  const { plans, skips } = decided([core, other], new Map([[core, new Set([who])]]));
  expect(plans.map(({ protocol, borrower }) => [protocol, borrower])).toEqual([['other', who]]);
  expect(skips).toEqual([{ reason: 'quarantined', protocol: 'core', borrower: who, numbers: {} }]);
});

test('nobody is raced who is quarantined everywhere, and everybody where nobody is', () => {
  const everywhere = new Map([core, other].map((book) => [book, new Set([who])]));
  const { plans, skips } = decided([core, other], everywhere);
  expect(plans).toEqual([]);
  expect(skips.map(({ reason, protocol }) => [reason, protocol])).toEqual([
    ['quarantined', 'core'],
    ['quarantined', 'other'],
  ]);
  expect(
    decided([core, other], new Map())
      .plans.map(({ protocol }) => protocol)
      .sort(),
  ).toEqual(['core', 'other']);
});
