import { expect, test } from 'vitest';
import { calculateUserAccountData } from '../../lib/protocols/aave-v3/account.ts';
import { bookOf } from '../../lib/protocols/aave-v3/book.ts';
import { nearestAccounts } from '../../lib/protocols/aave-v3/nearest.ts';
import { Random } from '../support/fuzz/random.ts';
import { randomBook } from '../support/watchlist/random-book.ts';

/** In the base currency. */
const SMALL = 1_000n;
const LARGE = 10n ** 10n;

/** Everybody who owes so much and backs it with anything, by the exact model alone. */
function healthsByModel(snapshot: ReturnType<typeof randomBook>, leastDebtBase: bigint): bigint[] {
  const market = bookOf(snapshot).marketNow();
  const healths = snapshot.accounts.flatMap((account) => {
    const data = calculateUserAccountData(market, account);
    if (data?.healthFactorWad === undefined || data.totalDebtBase < leastDebtBase) return [];
    return data.weightedThreshold > 0n ? [data.healthFactorWad] : [];
  });
  return healths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

test('the nearest of any book are those with the least health, measured exactly', () => {
  let seen = 0;
  for (let seed = 0; seed < 300; seed++) {
    const snapshot = randomBook(new Random(seed));
    const { borrowers, marketNow } = bookOf(snapshot);
    const nearest = (count: number, leastDebtBase: bigint) =>
      nearestAccounts(borrowers.watchlist, borrowers.stable.values(), marketNow(), count, leastDebtBase).map(
        ({ healthFactorWad }) => healthFactorWad,
      );
    const expected = healthsByModel(snapshot, SMALL);
    seen += expected.length;
    expect(nearest(100, SMALL), `seed ${seed}`).toEqual(expected);
    const few = nearest(6, SMALL);
    expect(few, `seed ${seed}`).toEqual(expected.slice(0, 6));
    expect(nearest(100, LARGE), `seed ${seed}`).toEqual(healthsByModel(snapshot, LARGE));
  }
  expect(seen).toBeGreaterThan(500);
});
