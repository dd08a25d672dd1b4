import type { Address } from '../../../lib/hex.ts';
import type { LiquidityCurve } from '../../../lib/venues/concentrated-liquidity/liquidity-curve.ts';
import { getSqrtRatioAtTick } from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import type { Random } from './random.ts';

export interface Swap {
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly kind: 'exactIn' | 'exactOut';
  readonly amount: bigint;
}

/** What the generator needs of a pool with ticks. */
export interface TickPool {
  readonly tokens: readonly [Address, Address];
  readonly curve: LiquidityCurve;
}

/**
 * Any direction and kind; any size up to what the pool can give and a little beyond. A third of them ends
 * right at one of `ticks`, or one unit on either side, where rounding decides what is crossed.
 */
export function randomSwap(random: Random, pool: TickPool, ticks: readonly [number, ...number[]]): Swap {
  const zeroForOne = random.chance(0.5);
  const [tokenIn, tokenOut] = zeroForOne ? pool.tokens : [pool.tokens[1], pool.tokens[0]];
  const kind = random.pick(['exactIn', 'exactOut'] as const);
  const end = random.chance(0.33) ? pricePast(pool.curve, zeroForOne, random.pick(ticks)) : undefined;
  const most = greatest((amount) => {
    const trade = tradeOf(pool.curve, kind, zeroForOne, amount);
    return trade !== undefined && (end === undefined || !reaches(trade.after.sqrtPriceX96, end, zeroForOne));
  });
  const amount = end === undefined ? random.amount(0, bits(most) + 2) : most + BigInt(random.integer(-1, 2));
  return { tokenIn, tokenOut, kind, amount: amount > 0n ? amount : 1n };
}

function tradeOf(curve: LiquidityCurve, kind: Swap['kind'], zeroForOne: boolean, amount: bigint) {
  return kind === 'exactIn' ? curve.exactIn(zeroForOne, amount) : curve.exactOut(zeroForOne, amount);
}

/** The price at `tick`, when it lies ahead. */
function pricePast(curve: LiquidityCurve, zeroForOne: boolean, tick: number): bigint | undefined {
  const price = getSqrtRatioAtTick(tick);
  const ahead = zeroForOne ? price < curve.sqrtPriceX96 : price > curve.sqrtPriceX96;
  return ahead ? price : undefined;
}

const reaches = (price: bigint, end: bigint, zeroForOne: boolean): boolean =>
  zeroForOne ? price <= end : price >= end;

/** The greatest amount for which `holds`, taken to be true up to some amount and false from there. */
function greatest(holds: (amount: bigint) => boolean): bigint {
  let low = 0n;
  for (let step = 1n << 127n; step > 0n; step >>= 1n) if (holds(low + step)) low += step;
  return low;
}

const bits = (amount: bigint): number => Math.max(amount.toString(2).length, 1);
