import type { Address } from '../../../lib/domain.ts';
import type { InMemory } from './in-memory.ts';
import { WETH } from './world.ts';

/** Written apart from the planner: what every pool and every lender would leave of one liquidation. */
export function bestProceeds(
  world: InMemory,
  { debtId, collateralId }: { readonly debtId: number; readonly collateralId: number },
  repaid: bigint,
  seized: bigint,
): bigint | undefined {
  const [debt, collateral] = [world.tokens[debtId] ?? '', world.tokens[collateralId] ?? ''];
  return [
    ...flashSwaps(world, debt, collateral, repaid, seized),
    ...flashLoans(world, debt, collateral, repaid, seized),
  ].reduce<bigint | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
}

function flashSwaps(
  world: InMemory,
  debt: Address,
  collateral: Address,
  repaid: bigint,
  seized: bigint,
): readonly bigint[] {
  const { gasPriceWei } = world;
  return poolsBetween(world, debt, collateral).flatMap((pool) => {
    if (debt === world.tokens[WETH]) {
      const swap = pool.quoteExactIn(collateral, seized);
      return swap && swap.amountOut >= repaid ? [swap.amountOut - repaid - swap.gasUsed * gasPriceWei] : [];
    }
    const swap = pool.quoteExactOut(debt, repaid);
    if (swap === undefined || swap.amountIn > seized) return [];
    return sales(world, collateral, seized - swap.amountIn).map((out) => out - swap.gasUsed * gasPriceWei);
  });
}

function flashLoans(
  world: InMemory,
  debt: Address,
  collateral: Address,
  repaid: bigint,
  seized: bigint,
): readonly bigint[] {
  return world.lines
    .filter(({ token }) => token === debt)
    .flatMap((line) =>
      sales(world, collateral, seized).flatMap((out) =>
        purchases(world, debt, repaid + line.fee(repaid)).map(
          (cost) => out - cost - line.gasUsed * world.gasPriceWei,
        ),
      ),
    );
}

function sales(world: InMemory, token: Address, amount: bigint): readonly bigint[] {
  const weth = world.tokens[WETH] ?? '';
  if (token === weth || amount === 0n) return [amount];
  return poolsBetween(world, token, weth).flatMap((pool) => {
    const swap = pool.quoteExactIn(token, amount);
    return swap ? [swap.amountOut - swap.gasUsed * world.gasPriceWei] : [];
  });
}

function purchases(world: InMemory, token: Address, amount: bigint): readonly bigint[] {
  const weth = world.tokens[WETH] ?? '';
  if (token === weth) return [amount];
  return poolsBetween(world, token, weth).flatMap((pool) => {
    const swap = pool.quoteExactOut(token, amount);
    return swap ? [swap.amountIn + swap.gasUsed * world.gasPriceWei] : [];
  });
}

const poolsBetween = ({ pools }: InMemory, a: Address, b: Address) =>
  pools.filter(({ tokens }) => tokens.includes(a) && tokens.includes(b));
