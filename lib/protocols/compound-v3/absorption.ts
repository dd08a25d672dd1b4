import type { Address } from '../../hex.ts';
import { max } from '../../math/fixed-point.ts';
import { assetsOf, isLiquidatable } from './account.ts';
import { divPrice, mulFactor, mulPrice, presentValue, principalValueSupply } from './math.ts';
import type { Account, AssetInfo, CollateralHolding, PricedComet } from './state.ts';

export type Absorption =
  | ({ readonly executed: true } & AbsorbEffects)
  | { readonly executed: false; readonly reason: AbsorbRefusal };

/** The names of `CometMainInterface.sol`'s errors; `panic` is Solidity's own. */
export type AbsorbRefusal = 'Paused' | 'NotLiquidatable' | 'BadPrice' | 'panic';

export interface AbsorbEffects {
  /** All of every asset that counts, by asset. */
  readonly seized: ReadonlyMap<Address, bigint>;
  /** What the reserves pay: the debt, and what the account is credited. */
  readonly basePaidOut: bigint;
  readonly accountAfter: Account;
  readonly marketAfter: PricedComet;
}

/**
 * `Comet.sol#absorb` of one account: the protocol takes all its collateral at the liquidation factor and forgives
 * its debt; what the collateral is worth beyond that the account has as a supply from then on, and what it is
 * short of the reserves bear. The caller gets nothing.
 *
 * @param market interest already added up to the block's time
 */
export function absorb(market: PricedComet, account: Account): Absorption {
  const { comet, totals, priceOf } = market;
  if (comet.isAbsorbPaused) return refused('Paused');
  const verdict = isLiquidatable(market, account);
  if ('refused' in verdict) return refused(verdict.refused);
  if (!verdict.answer) return refused('NotLiquidatable');
  const basePrice = priceOf(comet.basePriceFeed);
  const seizures = seizuresOf(market, account);
  if (basePrice === undefined || seizures === undefined) return refused('BadPrice');

  const oldBalance = presentValue(account.principal, totals);
  const creditedValue = seizures.reduce((sum, { credit }) => sum + credit, 0n);
  const newBalance = max(oldBalance + divPrice(creditedValue, basePrice, comet.baseScale), 0n);
  const principal = principalValueSupply(newBalance, totals);
  const totalBorrowBase = totals.totalBorrowBase + account.principal;
  if (totalBorrowBase < 0n) return refused('panic');
  const seized = new Map(seizures.map(({ asset, amount }) => [asset, amount]));
  const kept = [...account.collateral].filter(([asset]) => !seized.has(asset));
  return {
    executed: true,
    seized,
    basePaidOut: newBalance - oldBalance,
    accountAfter: { principal, assetsIn: 0, collateral: new Map(kept) },
    marketAfter: {
      ...market,
      totals: { ...totals, totalBorrowBase, totalSupplyBase: totals.totalSupplyBase + principal },
      holdings: { ...market.holdings, collateral: withoutSupply(market, seized) },
    },
  };
}

const refused = (reason: AbsorbRefusal): Absorption => ({ executed: false, reason });

interface Seizure {
  readonly asset: Address;
  readonly amount: bigint;
  /** Value that the account is credited with. */
  readonly credit: bigint;
}

/** `undefined` where a price is refused. */
function seizuresOf(market: PricedComet, account: Account): readonly Seizure[] | undefined {
  const infos = assetsOf(market.comet, account).filter(
    ({ liquidationFactor }) => !(market.comet.skipsZeroFactors && liquidationFactor === 0n),
  );
  const seizures = infos.flatMap((info) => seizureOf(market, account, info) ?? []);
  return seizures.length === infos.length ? seizures : undefined;
}

function seizureOf(
  { priceOf }: PricedComet,
  { collateral }: Account,
  { asset, priceFeed, scale, liquidationFactor }: AssetInfo,
): Seizure | undefined {
  const amount = collateral.get(asset) ?? 0n;
  const price = priceOf(priceFeed);
  if (price === undefined) return undefined;
  return { asset, amount, credit: mulFactor(mulPrice(amount, price, scale), liquidationFactor) };
}

/** No token moves: what was the account's is now for sale. */
const withoutSupply = (
  { holdings }: PricedComet,
  seized: ReadonlyMap<Address, bigint>,
): ReadonlyMap<Address, CollateralHolding> =>
  new Map(
    [...holdings.collateral].map(([asset, { held, totalSupplyAsset }]) => [
      asset,
      { held, totalSupplyAsset: totalSupplyAsset - (seized.get(asset) ?? 0n) },
    ]),
  );
