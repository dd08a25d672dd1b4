import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../../lib/call.ts';
import type { Pool, SwapQuote, Venue } from '../../../lib/venues/venue.ts';
import { liquidation } from '../../contracts/calls.ts';
import { execute, item } from '../../contracts/execute.ts';
import {
  balanceOf,
  buildWorld,
  COLLATERAL,
  DEBT,
  isolated,
  USDC,
  WETH,
  type World,
} from '../../contracts/world.ts';

export interface TradingTerms {
  /** The venue's id by default. */
  readonly label?: string;
  /** Opens a pool of WETH and USDC at about 2,000, deep enough for 100,000 USDC, that the executor may call. */
  readonly open: (world: World) => Promise<Venue>;
  /** A sale of the whole balance fetches what the executor held, or what was expected that it holds. */
  readonly balanceFetches: 'held' | 'expected';
  /** What the executor keeps of a balance that was greater than expected. */
  readonly balanceLeaves: 'nothing' | 'excess';
}

/** Every encoding of a venue's pool, run by the real executor on real contracts: gains are as quoted, to the wei. */
export function describeTrading(venueId: string, terms: TradingTerms): void {
  describe(`${terms.label ?? venueId} through the executor`, () => {
    const trader = new Trader();
    beforeAll(() => trader.open(terms));
    afterAll(() => trader.close());

    test('is found by its tokens', async () => {
      const pool = await trader.pool();
      const [a, b] = [trader.weth, trader.usdc];
      expect(pool.venue).toBe(venueId);
      expect([...pool.tokens].sort()).toEqual([a, b].sort());
    });

    test('sells exactly what it says', async () => {
      const sold = 1_234_567_891n;
      const result = await trader.run(5_000n * USDC, (pool) => [pool.encodeExactIn(trader.usdc, sold)]);
      const { amountOut } = await trader.quoteExactIn(trader.usdc, sold);
      expect(result).toEqual({ gainedWei: amountOut, usdcLeft: 5_000n * USDC - sold });
    });

    test('sells whatever the executor holds when it runs', async () => {
      const [held, expected] = [7_654_321n, 7_654_300n];
      const result = await trader.run(held, (pool) => [pool.encodeSellBalance(trader.usdc, expected)]);
      const sold = terms.balanceFetches === 'held' ? held : expected;
      const { amountOut } = await trader.quoteExactIn(trader.usdc, sold);
      const usdcLeft = terms.balanceLeaves === 'excess' ? held - expected : 0n;
      expect(result).toEqual({ gainedWei: amountOut, usdcLeft });
    });

    test('buys exactly what it says', async () => {
      const result = await trader.run(5_000n * USDC, (pool) => [pool.encodeExactOut(trader.weth, WETH, [])]);
      const { amountIn } = await trader.quoteExactOut(trader.weth, WETH);
      expect(result).toEqual({ gainedWei: WETH, usdcLeft: 5_000n * USDC - amountIn });
    });

    test('lends the debt and is paid in collateral: a flash-swap of an exact output', async () => {
      const result = await trader.run(0n, (pool) => [
        pool.encodeExactOut(trader.usdc, DEBT, [trader.liquidation()]),
      ]);
      const { amountIn } = await trader.quoteExactOut(trader.usdc, DEBT);
      expect(result).toEqual({ gainedWei: COLLATERAL - amountIn, usdcLeft: 0n });
    });

    test('pays first and is paid after: a flash-swap of an exact input', async () => {
      const sold = COLLATERAL - WETH / 2n;
      const result = await trader.run(0n, (pool) => [
        pool.encodeExactIn(trader.weth, sold, [trader.liquidation()]),
      ]);
      const { amountOut } = await trader.quoteExactIn(trader.weth, sold);
      expect(result).toEqual({ gainedWei: WETH / 2n, usdcLeft: amountOut - DEBT });
    });

    test('is then as the quote says', async () => {
      const before = await trader.quoteExactIn(trader.usdc, 1_000n * USDC);
      const after = await trader.poolAfter(1_000n * USDC, (pool) => [
        pool.encodeExactIn(trader.usdc, 1_000n * USDC),
      ]);
      const probe = (pool: Pool) => pool.quoteExactOut(trader.usdc, 77n * USDC)?.amountIn;
      expect(probe(after)).toBe(probe(before.poolAfter));
      const steepness = (pool: Pool) => pool.priceCurve(trader.weth).steepness;
      expect(steepness(after)).toBe(steepness(before.poolAfter));
    });
  });
}

/** One world and the venue in it. */
class Trader {
  #opened: { readonly world: World; readonly venue: Venue } | undefined;

  async open(terms: TradingTerms): Promise<void> {
    const world = await buildWorld();
    this.#opened = { world, venue: await terms.open(world) };
  }

  close(): Promise<void> {
    return this.#world.evm.stop();
  }

  get weth(): string {
    return this.#world.weth.address;
  }

  get usdc(): string {
    return this.#world.usdc.address;
  }

  liquidation(): Call {
    return liquidation(this.#world);
  }

  async pool(): Promise<Pool> {
    const { evm } = this.#world;
    const pools = await this.#venue.read(evm.chain, [this.weth, this.usdc], await evm.blockNumber());
    return demand(pools.length === 1 ? pools[0] : undefined);
  }

  async quoteExactIn(tokenIn: string, amountIn: bigint): Promise<SwapQuote> {
    return demand((await this.pool()).quoteExactIn(tokenIn, amountIn));
  }

  async quoteExactOut(tokenOut: string, amountOut: bigint): Promise<SwapQuote> {
    return demand((await this.pool()).quoteExactOut(tokenOut, amountOut));
  }

  /** Runs `calls` where the executor held `usdc` before, then forgets all of it. */
  run(usdc: bigint, calls: (pool: Pool) => readonly Call[]) {
    return isolated(this.#world, async () => {
      const gainedWei = await this.#execute(usdc, calls);
      const usdcLeft = await balanceOf(this.#world, this.#world.usdc, this.#world.executor.address);
      return { gainedWei, usdcLeft };
    });
  }

  /** As `run`, for the pool that it leaves behind. */
  poolAfter(usdc: bigint, calls: (pool: Pool) => readonly Call[]): Promise<Pool> {
    return isolated(this.#world, async () => {
      await this.#execute(usdc, calls);
      return this.pool();
    });
  }

  async #execute(usdc: bigint, calls: (pool: Pool) => readonly Call[]): Promise<bigint | undefined> {
    const world = this.#world;
    await world.evm.run(world.usdc, 'mint', [world.executor.address, usdc]);
    const outcome = await execute(world, [item(...calls(await this.pool()))]);
    expect([outcome.error, outcome.failed]).toEqual([undefined, []]);
    return outcome.executed?.profitWei;
  }

  get #world(): World {
    return demand(this.#opened).world;
  }

  get #venue(): Venue {
    return demand(this.#opened).venue;
  }
}

function demand<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A test of trading needs one deep pool in its own world.');
  return value;
}
