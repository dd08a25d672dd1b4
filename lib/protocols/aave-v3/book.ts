import type { Address, Opportunity, TargetBlock } from '../../domain.ts';
import type { Book, PriceChange } from '../protocol.ts';
import { type Market, marketAt } from './accrual.ts';
import { opportunitiesOf, PROTOCOL } from './opportunity.ts';
import { assetsMovedBy, priceOf } from './prices.ts';
import type { Snapshot } from './read.ts';
import type { Account } from './state.ts';

/** The market and its borrowers, resident in memory; every price update is asked of it without a read. */
export interface AaveBook extends Book {
  readonly snapshot: Snapshot;
  /** The market once this update has landed, with interest up to this time. */
  marketAfter(update: PriceChange | undefined, timestampSeconds: number): Market;
}

export function bookOf(snapshot: Snapshot): AaveBook {
  const { pool, prices, oracle, accounts, blockNumber } = snapshot;

  function marketAfter(update: PriceChange | undefined, timestampSeconds: number): Market {
    const answerOf = (aggregator: Address) =>
      aggregator === update?.aggregator ? update.answer : oracle.answerOf(aggregator);
    return marketAt(pool, timestampSeconds, priceOf(prices, answerOf, timestampSeconds));
  }

  return {
    protocol: PROTOCOL,
    blockNumber,
    assets: new Set(pool.reserves.flatMap((reserve) => reserve?.asset ?? [])),
    feeds: oracle.feeds,
    snapshot,
    marketAfter,
    opportunities(update: PriceChange | undefined, target: TargetBlock): readonly Opportunity[] {
      const moved = update ? accounts.filter(movedBy(snapshot, update.aggregator)) : accounts;
      if (moved.length === 0) return [];
      const market = marketAfter(update, target.timestampSeconds);
      return moved.flatMap((account) => opportunitiesOf(pool.address, market, account));
    },
  };
}

/** Whether a price that counts for the account depends on this aggregator. */
function movedBy({ pool, prices }: Snapshot, aggregator: Address): (account: Account) => boolean {
  const assets = new Set(assetsMovedBy(prices, aggregator));
  const reserves = pool.reserves.flatMap((reserve) =>
    reserve && assets.has(reserve.asset) ? reserve.id : [],
  );
  const flags = reserves.reduce((bits, id) => bits | (3n << BigInt(2 * id)), 0n);
  const categories = new Set(
    [...pool.eModeCategories].flatMap(([id, { priceSource }]) =>
      priceSource !== undefined && assets.has(priceSource) ? id : [],
    ),
  );
  return ({ userConfiguration, eModeCategory }) =>
    (userConfiguration & flags) !== 0n || categories.has(eModeCategory);
}
