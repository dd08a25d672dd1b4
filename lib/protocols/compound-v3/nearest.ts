import type { Address } from '../../hex.ts';
import { nearestOf, type Position } from '../position.ts';
import { assetsOf, healthFactorWad } from './account.ts';
import { mulPrice, presentValue } from './math.ts';
import type { Account, AssetInfo, PricedComet } from './state.ts';

/** The accounts of one market that are nearest to liquidation. */
export function nearestAccounts(
  market: PricedComet,
  accounts: ReadonlyMap<Address, Account>,
  count: number,
): readonly Position[] {
  const all = [...accounts].flatMap(([borrower, account]): Position[] => {
    const health = healthFactorWad(market, account);
    const collateralAsset = mainCollateral(market, account);
    if (health === undefined || collateralAsset === undefined) return [];
    return [
      {
        ...{ borrower, healthFactorWad: health, collateralAsset, debtAsset: market.comet.baseToken },
        debt: -presentValue(account.principal, market.totals),
      },
    ];
  });
  return nearestOf(all, count);
}

/** That which is worth most; `undefined` without any. */
function mainCollateral({ comet, priceOf }: PricedComet, account: Account): Address | undefined {
  const worth = ({ asset, priceFeed, scale }: AssetInfo) =>
    mulPrice(account.collateral.get(asset) ?? 0n, priceOf(priceFeed) ?? 0n, scale);
  return assetsOf(comet, account).toSorted((one, other) => Number(worth(other) - worth(one)))[0]?.asset;
}
