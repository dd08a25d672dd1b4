import { MarketUtils } from '@morpho-org/blue-sdk';
import { borrowTotals, healthFactorWad, isHealthy } from '../../../../lib/protocols/morpho-blue/health.ts';
import { liquidate, liquidationIncentiveFactor } from '../../../../lib/protocols/morpho-blue/liquidation.ts';
import { toAssetsDown, toAssetsUp } from '../../../../lib/protocols/morpho-blue/math.ts';
import type { MarketInPlay } from './round.ts';

/** What Morpho's own library says otherwise of each position of a market; and how many were asked about. */
export function secondOpinion({ priced, positions }: MarketInPlay): {
  readonly states: number;
  readonly differences: readonly string[];
} {
  const { lltv, market, collateralPrice36 } = priced;
  const theirs = { ...market, price: collateralPrice36 };
  const differences: string[] = [];
  const same = (what: string, ours: unknown, other: unknown) => {
    if (ours !== other) differences.push(`${what}: ours ${ours}, blue-sdk ${other}`);
  };
  const totals = borrowTotals(market);
  for (const position of positions.values()) {
    same('healthy', isHealthy(position, priced), MarketUtils.isHealthy(position, theirs, { lltv }));
    const debt = toAssetsUp(position.borrowShares, totals);
    same('debt', debt, MarketUtils.toBorrowAssets(position.borrowShares, theirs));
    if (debt > 0n) {
      const factor = MarketUtils.getHealthFactor(position, theirs, { lltv });
      same('health factor', healthFactorWad(position, priced), factor);
    }
    same(
      'repaid',
      toAssetsDown(position.borrowShares, totals),
      MarketUtils.toBorrowAssets(position.borrowShares, theirs, 'Down'),
    );
    const bySeized = liquidate(priced, position, { seizedAssets: position.collateral, repaidShares: 0n });
    if (bySeized.executed) {
      const shares = MarketUtils.getLiquidationRepaidShares(position.collateral, theirs, { lltv });
      same('repaid shares', bySeized.repaidShares, shares);
    }
    const byShares = liquidate(priced, position, { seizedAssets: 0n, repaidShares: position.borrowShares });
    if (byShares.executed) {
      const seized = MarketUtils.getLiquidationSeizedAssets(position.borrowShares, theirs, { lltv });
      same('seized', byShares.seizedAssets, seized);
    }
  }
  same('incentive', liquidationIncentiveFactor(lltv), MarketUtils.getLiquidationIncentiveFactor({ lltv }));
  return { states: positions.size, differences };
}
