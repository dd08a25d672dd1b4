import type { CreditLine } from '../../../lib/flash/source.ts';
import type { Address } from '../../../lib/hex.ts';
import type { Pool } from '../../../lib/venues/venue.ts';
import { WETH } from './world.ts';

/** Who trades and who lends. */
export interface Market {
  /** In the order of a world's tokens. */
  readonly tokens: readonly Address[];
  readonly pools: readonly Pool[];
  readonly lines: readonly CreditLine[];
  readonly gasPriceWei: bigint;
}

export interface Proceeds {
  readonly netWei: bigint;
  /** Those that traded, as they are afterwards. */
  readonly pools: readonly Pool[];
}

/** Written apart from the planner: the most that any pool and any lender leave of one liquidation. */
export function bestProceeds(
  market: Market,
  { debtId, collateralId }: { readonly debtId: number; readonly collateralId: number },
  { repaid, seized }: { readonly repaid: bigint; readonly seized: bigint },
): Proceeds | undefined {
  const [debt, collateral] = [market.tokens[debtId] ?? '', market.tokens[collateralId] ?? ''];
  return [
    ...flashSwaps(market, debt, collateral, repaid, seized),
    ...flashLoans(market, debt, collateral, repaid, seized),
  ].reduce<Proceeds | undefined>((a, b) => (a === undefined || b.netWei > a.netWei ? b : a), undefined);
}

function flashSwaps(
  market: Market,
  debt: Address,
  collateral: Address,
  repaid: bigint,
  seized: bigint,
): readonly Proceeds[] {
  const { gasPriceWei } = market;
  return poolsBetween(market, debt, collateral).flatMap((pool) => {
    if (debt === market.tokens[WETH]) {
      const swap = pool.quoteExactIn(collateral, seized);
      if (swap === undefined || swap.amountOut < repaid) return [];
      return [{ netWei: swap.amountOut - repaid - swap.gasUsed * gasPriceWei, pools: [swap.poolAfter] }];
    }
    const swap = pool.quoteExactOut(debt, repaid);
    if (swap === undefined || swap.amountIn > seized) return [];
    return sales(market, collateral, seized - swap.amountIn).map(({ netWei, pools }) => ({
      netWei: netWei - swap.gasUsed * gasPriceWei,
      pools: [swap.poolAfter, ...pools],
    }));
  });
}

function flashLoans(
  market: Market,
  debt: Address,
  collateral: Address,
  repaid: bigint,
  seized: bigint,
): readonly Proceeds[] {
  return market.lines
    .filter(({ token }) => token === debt)
    .flatMap((line) =>
      sales(market, collateral, seized).flatMap((sale) =>
        purchases(market, debt, repaid + line.fee(repaid)).map((purchase) => ({
          netWei: sale.netWei + purchase.netWei - line.gasUsed * market.gasPriceWei,
          pools: [...sale.pools, ...purchase.pools],
        })),
      ),
    );
}

function sales(market: Market, token: Address, amount: bigint): readonly Proceeds[] {
  const weth = market.tokens[WETH] ?? '';
  if (token === weth || amount === 0n) return [{ netWei: amount, pools: [] }];
  return poolsBetween(market, token, weth).flatMap((pool) => {
    const swap = pool.quoteExactIn(token, amount);
    if (swap === undefined) return [];
    return [{ netWei: swap.amountOut - swap.gasUsed * market.gasPriceWei, pools: [swap.poolAfter] }];
  });
}

function purchases(market: Market, token: Address, amount: bigint): readonly Proceeds[] {
  const weth = market.tokens[WETH] ?? '';
  if (token === weth) return [{ netWei: -amount, pools: [] }];
  return poolsBetween(market, token, weth).flatMap((pool) => {
    const swap = pool.quoteExactOut(token, amount);
    if (swap === undefined) return [];
    return [{ netWei: -swap.amountIn - swap.gasUsed * market.gasPriceWei, pools: [swap.poolAfter] }];
  });
}

const poolsBetween = ({ pools }: Market, a: Address, b: Address) =>
  pools.filter(({ tokens }) => tokens.includes(a) && tokens.includes(b));
