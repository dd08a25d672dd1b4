import { nearestOf, type Position } from '../position.ts';
import { borrowed, healthFactorWad, type PricedMarket } from './health.ts';
import type { MarketState } from './read.ts';

/** The positions of one market that are nearest to liquidation. Without collateral there is nothing to be had. */
export function nearestPositions(
  { params, positions }: MarketState,
  priced: PricedMarket,
  count: number,
): readonly Position[] {
  const all = [...positions].flatMap(([borrower, position]): Position[] => {
    const health = healthFactorWad(position, priced);
    if (health === undefined || position.collateral === 0n) return [];
    return [
      {
        ...{ borrower, healthFactorWad: health, debt: borrowed(position, priced) },
        ...{ collateralAsset: params.collateralToken, debtAsset: params.loanToken },
      },
    ];
  });
  return nearestOf(all, count);
}
