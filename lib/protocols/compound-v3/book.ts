import type { TargetBlock } from '../../block.ts';
import type { Opportunity } from '../../domain.ts';
import type { Address } from '../../hex.ts';
import { answersAfter } from '../../oracles/price-source.ts';
import type { PriceChange } from '../../price-change.ts';
import type { Book } from '../book.ts';
import type { Accounts } from '../book-storage.ts';
import { assetsOf } from './account.ts';
import { accrueInterest } from './accrual.ts';
import { nearestAccounts } from './nearest.ts';
import { absorbedOf, opportunitiesOf, PROTOCOL } from './opportunity.ts';
import type { PriceFeeds } from './price-feeds.ts';
import type { Snapshot } from './read.ts';
import type { PricedComet } from './state.ts';
import { reservesOf } from './storefront.ts';

/** One Comet and its borrowers, resident in memory; every price update is asked of it without a read. */
export interface CometBook extends Book {
  readonly snapshot: Snapshot;
  /** The market once these updates have landed, with interest up to this time; `undefined` where nothing accrues. */
  marketAfter(changes: readonly PriceChange[], timestampSeconds: number): PricedComet | undefined;
  /** Principal that the contract says is owed and no known borrower owes; 0 unless one was missed. */
  readonly unaccountedDebt: bigint;
  /** Why nothing is done with this Comet: somebody should look at it. */
  readonly opaqueBecause?: 'computesDifferently';
}

export const isCometBook = (book: Accounts): book is CometBook => 'unaccountedDebt' in book;

/** @param executor to whom the collateral goes; without one nothing can be done */
export function bookOf(snapshot: Snapshot, executor: Address | undefined): CometBook {
  const { comet, prices, accounts, blockNumber } = snapshot;
  const isUnderstood = agreesOnReserves(snapshot);

  function opportunities(
    changes: readonly PriceChange[],
    { timestampSeconds }: TargetBlock,
  ): readonly Opportunity[] {
    if (
      !isUnderstood ||
      executor === undefined ||
      !changes.some(({ aggregator }) => prices.oracle.feeds.has(aggregator))
    )
      return [];
    const market = marketAfter(snapshot, changes, timestampSeconds);
    if (market === undefined) return [];
    const isMoved = movedBy(prices, changes);
    const moved = [...accounts].filter(
      ([, account]) =>
        isMoved(comet.basePriceFeed) || assetsOf(comet, account).some((info) => isMoved(info.priceFeed)),
    );
    const fallen = moved.flatMap(([borrower, account]) => absorbedOf(market, borrower, account) ?? []);
    return opportunitiesOf(market, fallen, executor);
  }

  return {
    protocol: PROTOCOL,
    blockNumber,
    assets: new Set([comet.baseToken, ...comet.assets.map(({ asset }) => asset)]),
    feeds: prices.oracle.feeds,
    snapshot,
    unaccountedDebt: unaccountedDebt(snapshot),
    ...(isUnderstood ? {} : { opaqueBecause: 'computesDifferently' }),
    marketAfter: (changes, timestampSeconds) => marketAfter(snapshot, changes, timestampSeconds),
    opportunities,
    nearest: (count, timestampSeconds) => {
      const market = marketAfter(snapshot, [], timestampSeconds);
      return market === undefined ? [] : nearestAccounts(market, accounts, count);
    },
  };
}

function marketAfter(
  { comet, totals, holdings, prices }: Snapshot,
  changes: readonly PriceChange[],
  timestampSeconds: number,
): PricedComet | undefined {
  const accrued = accrueInterest(totals, comet, timestampSeconds);
  if (accrued === undefined) return undefined;
  const { oracle, answers } = prices;
  const answerOf = answersAfter(changes, oracle.answerOf);
  return {
    ...{ comet, totals: accrued, holdings },
    priceOf(priceFeed) {
      const source = prices.followed.get(priceFeed);
      const price = source?.latestAnswer(answerOf, timestampSeconds) ?? answers.get(priceFeed);
      return price === undefined || price <= 0n ? undefined : price;
    },
  };
}

/** Which price feeds these changes move. */
const movedBy =
  ({ followed }: PriceFeeds, changes: readonly PriceChange[]) =>
  (priceFeed: Address): boolean =>
    changes.some(({ aggregator }) => followed.get(priceFeed)?.aggregators.includes(aggregator));

/** Ours is the arithmetic of this contract where it has the contract's own reserves at the block that was read. */
function agreesOnReserves(snapshot: Snapshot): boolean {
  const market = marketAfter(snapshot, [], snapshot.timestampSeconds);
  return market !== undefined && reservesOf(market) === snapshot.reserves;
}

/** Totals are sums of principals: what is left over somebody owes whom nobody has met. */
const unaccountedDebt = ({ totals, accounts }: Snapshot): bigint =>
  [...accounts.values()].reduce((rest, { principal }) => rest + principal, totals.totalBorrowBase);
