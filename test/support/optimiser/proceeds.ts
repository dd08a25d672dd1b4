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

/** Written apart from the planner: the most that any pool and any lender leave of one liquidation. */
export function bestProceeds(
  market: Market,
  { debtId, collateralId }: { readonly debtId: number; readonly collateralId: number },
  { repaid, seized }: { readonly repaid: bigint; readonly seized: bigint },
): bigint | undefined {
  const [debt, collateral] = [market.tokens[debtId] ?? '', market.tokens[collateralId] ?? ''];
  return [
    ...flashSwaps(market, debt, collateral, repaid, seized),
    ...flashLoans(market, debt, collateral, repaid, seized),
  ].reduce<bigint | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
}

function flashSwaps(
  market: Market,
  debt: Address,
  collateral: Address,
  repaid: bigint,
  seized: bigint,
): readonly bigint[] {
  const { gasPriceWei } = market;
  return poolsBetween(market, debt, collateral).flatMap((pool) => {
    if (debt === market.tokens[WETH]) {
      const swap = pool.quoteExactIn(collateral, seized);
      return swap && swap.amountOut >= repaid ? [swap.amountOut - repaid - swap.gasUsed * gasPriceWei] : [];
    }
    const swap = pool.quoteExactOut(debt, repaid);
    if (swap === undefined || swap.amountIn > seized) return [];
    return sales(market, collateral, seized - swap.amountIn).map((out) => out - swap.gasUsed * gasPriceWei);
  });
}

function flashLoans(
  market: Market,
  debt: Address,
  collateral: Address,
  repaid: bigint,
  seized: bigint,
): readonly bigint[] {
  return market.lines
    .filter(({ token }) => token === debt)
    .flatMap((line) =>
      sales(market, collateral, seized).flatMap((out) =>
        purchases(market, debt, repaid + line.fee(repaid)).map(
          (cost) => out - cost - line.gasUsed * market.gasPriceWei,
        ),
      ),
    );
}

function sales(market: Market, token: Address, amount: bigint): readonly bigint[] {
  const weth = market.tokens[WETH] ?? '';
  if (token === weth || amount === 0n) return [amount];
  return poolsBetween(market, token, weth).flatMap((pool) => {
    const swap = pool.quoteExactIn(token, amount);
    return swap ? [swap.amountOut - swap.gasUsed * market.gasPriceWei] : [];
  });
}

function purchases(market: Market, token: Address, amount: bigint): readonly bigint[] {
  const weth = market.tokens[WETH] ?? '';
  if (token === weth) return [amount];
  return poolsBetween(market, token, weth).flatMap((pool) => {
    const swap = pool.quoteExactOut(token, amount);
    return swap ? [swap.amountIn + swap.gasUsed * market.gasPriceWei] : [];
  });
}

const poolsBetween = ({ pools }: Market, a: Address, b: Address) =>
  pools.filter(({ tokens }) => tokens.includes(a) && tokens.includes(b));
