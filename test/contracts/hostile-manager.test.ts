import { toQuantity, ZeroAddress } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../lib/call.ts';
import { encodeSwapCallback } from '../../lib/executor.ts';
import type { Address } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { liquidation } from './calls.ts';
import { buildRichWorld, expectUndone, GIFT, type RichWorld } from './drain.ts';
import { call, execute, item } from './execute.ts';
import { allow, balanceOf, etherOf, WETH } from './world.ts';

/** A manager of V4's interface that deals in ether itself, and lies. */
let world: RichWorld;
let manager: Deployed;
let snapshot: unknown;

beforeAll(async () => {
  world = await buildRichWorld();
  manager = await world.evm.deploy(world.contracts.get('HostileManager'));
  await world.evm.rpc('anvil_setBalance', [manager.address, toQuantity(100n * WETH)]);
  await allow(
    world,
    { target: manager.address, function: 'unlock(bytes)' },
    { target: manager.address, function: 'take(address,address,uint256)', selfWords: 0b10n },
  );
});
beforeEach(async () => {
  snapshot = await world.evm.rpc('evm_snapshot');
});
afterEach(() => world.evm.rpc('evm_revert', [snapshot]));
afterAll(() => world?.evm.stop());

const take = (currency: Address, amount: bigint): Call => ({
  target: manager.address,
  data: manager.abi.encodeFunctionData('take', [currency, world.executor.address, amount]),
});

/** Unlocks, runs `inner`, pays what the manager says in ether. */
const unlock = (...inner: readonly Call[]): Call => ({
  target: manager.address,
  data: manager.abi.encodeFunctionData('unlock', [encodeSwapCallback(ZeroAddress, inner)]),
  callsBack: true,
});

test('ether that a manager pays while it is unlocked is WETH at once, and only that', async () => {
  const outcome = await execute(world, [item(unlock(take(ZeroAddress, WETH)))]);
  expect(outcome).toMatchObject({ failed: [], executed: { profitWei: WETH } });
  expect(await balanceOf(world, world.weth, world.executor.address)).toBe(GIFT);
  expect(await etherOf(world, world.executor.address)).toBe(GIFT);
});

test('what is owed in ether is paid in WETH that the item has gained, to the wei', async () => {
  await world.evm.run(manager, 'setOwed', [WETH / 3n]);
  const before = await etherOf(world, manager.address);
  const outcome = await execute(world, [item(unlock(take(ZeroAddress, WETH)))]);
  expect(outcome.executed?.profitWei).toBe(WETH - WETH / 3n);
  expect(await etherOf(world, manager.address)).toBe(before - WETH + WETH / 3n);
  expect(await etherOf(world, world.executor.address)).toBe(GIFT);
});

describe('a manager that is owed more than its item gains', () => {
  test.each([1n, WETH, GIFT])('%i wei of what was there before: undone', async (owed) => {
    await world.evm.run(manager, 'setOwed', [owed]);
    await expectUndone(world, [unlock()], 'ProfitTooLow(0,0)');
  });

  test('more than there is at all: undone', async () => {
    await world.evm.run(manager, 'setOwed', [GIFT + 1n]);
    await expectUndone(world, [unlock()], /^0x$|^CallFailed/);
  });

  test('a credit that nobody took is an impossible amount', async () => {
    await world.evm.run(manager, 'setOwed', [2n ** 256n - WETH]);
    await expectUndone(world, [unlock()], /^0x$|^CallFailed/);
  });
});

describe('ether from anybody else, or at another time, is refused', () => {
  test('of an accomplice, while the manager is unlocked', async () => {
    await expectUndone(world, [unlock(take(world.weth.address, WETH))], /^0x/);
  });

  test('of the manager, when nobody unlocked it', async () => {
    const pushed = await call(world, manager, 'push', [world.executor.address, 1n], { from: world.stranger });
    expect(pushed.error).toBe('EtherRefused()');
    await expectUndone(world, [take(ZeroAddress, WETH)], 'EtherRefused()');
  });

  test('of the manager, after its callback is over', async () => {
    const outcome = await execute(world, [item(unlock(take(ZeroAddress, WETH)), take(ZeroAddress, WETH))]);
    expect(outcome.error).toBe('NothingLiquidated(EtherRefused())');
  });
});

test('a real liquidation beside it keeps its profit', async () => {
  await world.evm.run(manager, 'setOwed', [GIFT]);
  await expectUndone(world, [unlock(liquidation(world, { borrower: world.stranger }))], /./);
});
