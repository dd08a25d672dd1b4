import type { Stretch } from '../price-curve.ts';
import { PIPS } from './swap-math.ts';
import type { Stop } from './tick-window.ts';

/** Gas of a swap, and on top of that of each stop that it passes. */
export interface SwapGas {
  readonly swap: number;
  readonly tick: number;
  /** Of a word of the tick bitmap without an initialised tick. */
  readonly edge: number;
}

/** Where the price stands in a window, and where it goes from there. */
export interface Outlook {
  readonly sqrtPriceX96: bigint;
  readonly liquidity: bigint;
  readonly zeroForOne: boolean;
  readonly stops: readonly Stop[];
  /** Of `stops`: the first that a swap meets. */
  readonly nextStop: number;
}

/**
 * The window as stretches. Concentrated liquidity L moves the root of the price, or its inverse, by input / L;
 * with a fee, steepness moves by input · √(1 − fee) / L.
 */
export function* stretchesFrom(outlook: Outlook, feePips: bigint, gas: SwapGas): Generator<Stretch> {
  const { stops, zeroForOne } = outlook;
  const rootAfterFee = Math.sqrt(Number(PIPS - feePips) / Number(PIPS));
  const steepnessAt = (sqrtPrice: number) => (zeroForOne ? 1 / sqrtPrice : sqrtPrice) / rootAfterFee;
  let { liquidity } = outlook;
  let from = steepnessAt(Number(outlook.sqrtPriceX96) / 2 ** 96);
  let gasUsed = gas.swap;
  for (let index = outlook.nextStop; ; index += zeroForOne ? -1 : 1) {
    const stop = stops[index];
    if (stop === undefined) return;
    const to = steepnessAt(stop.sqrtPrice);
    if (liquidity > 0n && to > from) yield { from, to, liquidity: Number(liquidity) / rootAfterFee, gasUsed };
    liquidity += zeroForOne ? -stop.liquidityNet : stop.liquidityNet;
    gasUsed += stop.initialised ? gas.tick : gas.edge;
    from = to;
  }
}
