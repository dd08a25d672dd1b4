import { describe, expect, test } from 'vitest';
import type { Address } from '../../lib/hex.ts';
import { calculateUserAccountData, isLiquidatable } from '../../lib/protocols/aave-v3/account.ts';
import type { Market } from '../../lib/protocols/aave-v3/accrual.ts';
import { type AaveBook, bookOf, bookWith, withAccounts } from '../../lib/protocols/aave-v3/book.ts';
import { liquidationPrice } from '../../lib/protocols/aave-v3/liquidation-price.ts';
import type { MarketState } from '../../lib/protocols/aave-v3/read.ts';
import type { Account } from '../../lib/protocols/aave-v3/state.ts';
import { Random } from '../support/fuzz/random.ts';
import { driftedState, randomAccount, randomBook } from '../support/watchlist/random-book.ts';

/** Everybody, by the exact model alone: what the index and the filter must not lose. */
function liquidatableByModel(
  accounts: Iterable<Account>,
  { pool, prices }: MarketState,
  aggregator: Address,
  after: Market,
): Address[] {
  const isMoved = (asset: Address) => prices.sources.get(asset)?.aggregators.includes(aggregator) ?? false;
  const holdsMoved = ({ userConfiguration, eModeCategory }: Account) => {
    const source = pool.eModeCategories.get(eModeCategory)?.priceSource;
    if (source !== undefined && isMoved(source)) return true;
    return pool.reserves.some(
      (reserve) => reserve && isMoved(reserve.asset) && (userConfiguration >> BigInt(2 * reserve.id)) & 3n,
    );
  };
  return [...accounts]
    .filter((account) => holdsMoved(account) && isLiquidatable(after, account))
    .map(({ address }) => address);
}

/** Answers at which something may happen: where one account turns, a tick beside, and anywhere. */
function answersOf(
  random: Random,
  book: AaveBook,
  aggregator: Address,
  accounts: readonly Account[],
): bigint[] {
  const now = book.state.oracle.answerOf(aggregator);
  const time = book.state.timestampSeconds + 12;
  const turns = accounts.slice(0, 1).flatMap((account) => {
    const marketOf = (answer: bigint) => book.marketAfter([{ aggregator, answer }], time);
    const found = liquidationPrice(account, marketOf, now > 0n ? now : 1n);
    return found ? [found.answer - 1n, found.answer, found.answer + 1n] : [];
  });
  const anywhere = [now, (now * BigInt(random.integer(80, 120))) / 100n, now * 700n, now / 700n + 1n];
  return [...turns, ...anywhere].filter((answer) => answer > 0n);
}

interface Tally {
  liquidatable: number;
  /** Candidates that are not, by more than rounding explains, where the health factor is not averaged first. */
  healthy: number;
}

function isHealthy(market: Market, account: Account): boolean {
  const { healthFactorWad = 0n, totalDebtBase = 0n } = calculateUserAccountData(market, account) ?? {};
  return healthFactorWad > 1_001n * 10n ** 15n && totalDebtBase > 10n ** 12n;
}

function check(random: Random, book: AaveBook, accounts: ReadonlyMap<Address, Account>, tally: Tally): void {
  const everybody = [...accounts.values()];
  for (const aggregator of book.feeds.keys()) {
    for (const answer of answersOf(random, book, aggregator, everybody)) {
      const after = book.marketAfter([{ aggregator, answer }], book.state.timestampSeconds + 12);
      const candidates = book.candidates([{ aggregator }], after);
      const wanted = liquidatableByModel(everybody, book.state, aggregator, after).sort();
      const found = candidates.filter((one) => isLiquidatable(after, one)).map(({ address }) => address);
      if (found.sort().join() !== wanted.join()) expect(found, `${aggregator} at ${answer}`).toEqual(wanted);
      tally.liquidatable += wanted.length;
      const isRoundedCoarsely = book.state.pool.rules.healthFactorFromAverage;
      if (!isRoundedCoarsely) tally.healthy += candidates.filter((one) => isHealthy(after, one)).length;
    }
  }
}

const BOOKS = 200;

describe('candidates are never fewer than the exact model finds', () => {
  test('hundreds of books, at the ticks where accounts turn, while everything drifts and accounts change', () => {
    const random = new Random(20_251_010);
    const tally = { liquidatable: 0, healthy: 0 };
    for (let books = 0; books < BOOKS; books++) {
      const snapshot = randomBook(random);
      const accounts = new Map(snapshot.accounts.map((account) => [account.address, account]));
      let book = bookOf(snapshot);
      check(random, book, accounts, tally);
      for (let blocks = random.integer(0, 3); blocks > 0; blocks--) {
        const state = driftedState(random, book.state);
        const changed = [...accounts.keys()]
          .filter(() => random.chance(0.2))
          .map((address) => randomAccount(random, state, address));
        for (const account of changed) accounts.set(account.address, account);
        book = bookWith(state, withAccounts(book.borrowers, changed));
        check(random, book, accounts, tally);
      }
    }
    expect(tally.liquidatable).toBeGreaterThan(5_000);
    expect(tally.healthy).toBe(0);
  });
});
