import { toQuantity } from 'ethers';
import { expect } from 'vitest';
import type { Call } from '../../lib/call.ts';
import type { Address } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { flashSwap, flashSwapProfit } from './calls.ts';
import { execute, item, type Outcome } from './execute.ts';
import { balanceOf, buildWorld, etherOf, isolated, WETH, type World } from './world.ts';

/** WETH and ether that the executor happens to hold: nobody but the owner may get them. */
export const GIFT = 5n * WETH;

export interface RichWorld extends World {
  /** Of `flashSwap`, in WETH. */
  readonly profit: bigint;
}

export async function buildRichWorld(): Promise<RichWorld> {
  const world = await buildWorld();
  await world.evm.run(world.weth, 'transfer', [world.executor.address, GIFT]);
  await world.evm.rpc('anvil_setBalance', [world.executor.address, toQuantity(GIFT)]);
  return { ...world, profit: await flashSwapProfit(world) };
}

/**
 * Runs a hostile item before an honest one: expects that it failed for this reason and that the honest one is
 * paid as if it had been alone. Then forgets both.
 */
export function expectUndone(
  world: RichWorld,
  hostile: readonly Call[],
  reason: string | RegExp,
  gas = 5_000_000n,
): Promise<Outcome> {
  const { profit } = world;
  return isolated(world, async () => {
    const items = [item(...hostile), item(flashSwap(world))];
    const outcome = await execute(world, items, { bidBps: 5_000n }, { gas });
    expect(outcome).toMatchObject({ succeeded: true, liquidated: [[1, profit]] });
    expect(outcome.failed).toEqual([[0, reason instanceof RegExp ? expect.stringMatching(reason) : reason]]);
    await expectShared(world, profit);
    return outcome;
  });
}

/** Half of it to the builder, half to the owner, what was there before untouched. */
export async function expectShared(world: World, profitWei: bigint): Promise<void> {
  const { executor, weth, owner, builder } = world;
  expect(await balanceOf(world, weth, executor.address)).toBe(GIFT);
  expect(await etherOf(world, executor.address)).toBe(GIFT);
  expect(await etherOf(world, builder)).toBe(profitWei / 2n);
  expect(await balanceOf(world, weth, owner)).toBe(profitWei - profitWei / 2n);
}

export async function allowanceOf(
  { evm, executor }: World,
  token: Deployed,
  spender: Address,
): Promise<bigint> {
  const [allowance] = await evm.call(token, 'allowance', [executor.address, spender]);
  return allowance;
}
