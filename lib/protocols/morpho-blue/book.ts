import type { TargetBlock } from '../../block.ts';
import type { Opportunity } from '../../domain.ts';
import { answersAfter } from '../../oracles/price-source.ts';
import type { PriceChange } from '../../price-change.ts';
import type { Book } from '../book.ts';
import type { Accounts } from '../book-storage.ts';
import { nearestOf } from '../position.ts';
import { accrueInterest } from './accrual.ts';
import { isHealthy, type PricedMarket } from './health.ts';
import { borrowRateWad } from './irm.ts';
import { nearestPositions } from './nearest.ts';
import { opportunityOf, PROTOCOL } from './opportunity.ts';
import type { MarketOracle } from './oracle.ts';
import { preOpportunityOf } from './pre-opportunity.ts';
import type { ConsentedPreLiquidation, MarketState, Snapshot } from './read.ts';

/** The markets and their borrowers, resident in memory; every price update is asked of it without a read. */
export interface MorphoBook extends Book {
  readonly snapshot: Snapshot;
  /** Oracles whose price no update is seen to move. */
  readonly opaque: readonly MarketOracle[];
  /** A market once these answers are seen, with interest up to this time; `undefined` where nobody can be liquidated. */
  marketAfter(
    state: MarketState,
    changes: readonly PriceChange[],
    timestampSeconds: number,
  ): PricedMarket | undefined;
}

export const isMorphoBook = (book: Accounts): book is MorphoBook => 'opaque' in book;

export function bookOf(snapshot: Snapshot): MorphoBook {
  const { morpho, markets, feeds, blockNumber } = snapshot;

  function marketAfter(
    { params, market, rate, oracle }: MarketState,
    changes: readonly PriceChange[],
    timestampSeconds: number,
  ): PricedMarket | undefined {
    const borrowRate = borrowRateWad(rate, market, timestampSeconds);
    const accrued = accrueInterest(market, borrowRate, timestampSeconds);
    const collateralPrice36 = oracle.price36(answersAfter(changes, feeds.answerOf), timestampSeconds);
    if (accrued === undefined || collateralPrice36 === undefined) return undefined;
    return { lltv: params.lltv, market: accrued, collateralPrice36 };
  }

  function opportunitiesIn(state: MarketState, changes: readonly PriceChange[], seconds: number) {
    const priced = marketAfter(state, changes, seconds);
    if (priced === undefined) return [];
    const due = [...state.positions]
      .filter(([, position]) => !isHealthy(position, priced))
      .flatMap(([borrower, position]) => {
        const open = { morpho, params: state.params, priced, borrower, position };
        return opportunityOf(open) ?? [];
      });
    const answerOf = answersAfter(changes, feeds.answerOf);
    const early = state.preLiquidations.flatMap((contract) => {
      const price = contract.oracle.price36(answerOf, seconds);
      return price === undefined ? [] : preOpportunitiesIn(state, contract, priced, price);
    });
    return [...due, ...early];
  }

  return {
    protocol: PROTOCOL,
    blockNumber,
    assets: new Set(markets.flatMap(({ params }) => [params.loanToken, params.collateralToken])),
    feeds: feeds.feeds,
    snapshot,
    opaque: [...new Set(markets.flatMap(oraclesOf))].filter(({ opaqueBecause }) => opaqueBecause),
    marketAfter,
    nearest: (count, timestampSeconds) =>
      nearestOf(
        markets.flatMap((state) => {
          const priced = marketAfter(state, [], timestampSeconds);
          return priced === undefined ? [] : nearestPositions(state, priced, count);
        }),
        count,
      ),
    opportunities(changes: readonly PriceChange[], target: TargetBlock): readonly Opportunity[] {
      const changed = new Set(changes.map(({ aggregator }) => aggregator));
      const moved = markets.filter((state) =>
        oraclesOf(state).some(({ aggregators }) => aggregators.some((one) => changed.has(one))),
      );
      return moved.flatMap((state) => opportunitiesIn(state, changes, target.timestampSeconds));
    },
  };
}

const oraclesOf = ({ oracle, preLiquidations }: MarketState): readonly MarketOracle[] => [
  oracle,
  ...preLiquidations.map((contract) => contract.oracle),
];

/** Of those who let this contract act for them. */
const preOpportunitiesIn = (
  { params: marketParams, positions }: MarketState,
  { address: preLiquidation, params, consenting }: ConsentedPreLiquidation,
  priced: PricedMarket,
  preCollateralPrice36: bigint,
): readonly Opportunity[] =>
  [...consenting].flatMap((borrower) => {
    const position = positions.get(borrower);
    const market = { priced, params, preCollateralPrice36 };
    return position
      ? (preOpportunityOf({ preLiquidation, marketParams, market, borrower, position }) ?? [])
      : [];
  });
