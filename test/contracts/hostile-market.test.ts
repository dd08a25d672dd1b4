import { ZeroAddress } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../lib/call.ts';
import { flashSwap, liquidation } from './calls.ts';
import { buildRichWorld, expectUndone, GIFT, type RichWorld } from './drain.ts';
import { call, execute, item } from './execute.ts';
import { allow, balanceOf, etherOf } from './world.ts';

let world: RichWorld;
let snapshot: unknown;

beforeAll(async () => {
  world = await buildRichWorld();
});
beforeEach(async () => {
  snapshot = await world.evm.rpc('evm_snapshot');
});
afterEach(() => world.evm.rpc('evm_revert', [snapshot]));
afterAll(() => world?.evm.stop());

describe('a market', () => {
  async function hostile(name: string, size = 0n): Promise<Call> {
    const { evm, contracts } = world;
    const market = await evm.deploy(contracts.get(name));
    const signature = 'liquidationCall(address,address,address,uint256,bool)';
    await allow(world, { target: market.address, function: signature });
    const args = [ZeroAddress, ZeroAddress, ZeroAddress, size, false];
    return { target: market.address, data: market.abi.encodeFunctionData('liquidationCall', args) };
  }

  test('that burns all gas burns what its item may use', async () => {
    const burner = { ...item(await hostile('GasBurner')), gasLimit: 400_000n };
    const items = [burner, { ...item(flashSwap(world)), gasLimit: 400_000n }];
    const outcome = await execute(world, items, {}, { gas: 3_000_000n });
    expect(outcome.liquidated).toEqual([[1, world.profit]]);
    expect(outcome.gasUsed).toBeLessThan(800_000n);
  });

  test('that burns all gas, many times, leaves every honest item its own', async () => {
    const burner = { ...item(await hostile('GasBurner')), gasLimit: 400_000n };
    const items = [burner, burner, burner, { ...item(flashSwap(world)), gasLimit: 400_000n }, burner];
    const outcome = await execute(world, items, { bidBps: 5_000n }, { gas: 2_000_000n });
    expect(outcome.liquidated).toEqual([[3, world.profit]]);
    expect(outcome.failed.map(([index]) => index)).toEqual([0, 1, 2, 4]);
  });

  test('that burns more than there is leaves what was earned before it, and the settlement', async () => {
    // Its limit is a lie: unwrapping, bid and transfer cost 60,000, and are kept back.
    const items = [item(flashSwap(world)), item(await hostile('GasBurner')), item(flashSwap(world))];
    const outcome = await execute(world, items, { bidBps: 5_000n }, { gas: 2_000_000n });
    expect(outcome.liquidated).toEqual([[0, world.profit]]);
    expect(outcome.failed).toHaveLength(2);
  });

  test('that reverts with a megabyte has 256 bytes of it recorded', async () => {
    const bomb = await hostile('RevertBomb', 1_000_000n);
    const { gasUsed } = await expectUndone(world, [bomb], /^0x[0-9a-f]{512}$/, 8_000_000n);
    // The bomb's own memory is 2.0 million; copying it twice more would be 4 million on top.
    expect(gasUsed).toBeLessThan(2_700_000n);
  });

  test('that reverts without a word is named', async () => {
    const silent = await hostile('RevertBomb', 0n);
    await expectUndone(world, [silent], `CallFailed(${silent.target})`);
  });

  test('that is no contract is no success', async () => {
    const { stranger } = world;
    await allow(world, {
      target: stranger,
      function: 'liquidationCall(address,address,address,uint256,bool)',
    });
    await expectUndone(world, [{ ...liquidation(world), target: stranger }], `NoCode(${stranger})`);
  });
});

describe('a builder', () => {
  test('gets its bid, whatever it tries while it is paid', async () => {
    const { evm, contracts, executor, weth, owner } = world;
    const greedy = await evm.deploy(contracts.get('GreedyBuilder'));
    await evm.run(greedy, 'aim', [executor.address, weth.address]);
    await call(world, executor, 'setOperator', [greedy.address, true], { from: owner });
    await evm.rpc('anvil_setCoinbase', [greedy.address]);

    const outcome = await execute(world, [item(flashSwap(world))], { bidBps: 5_000n });
    await evm.rpc('anvil_setCoinbase', [world.builder]);

    expect(outcome.executed).toEqual({ profitWei: world.profit, bidWei: world.profit / 2n });
    expect(await evm.call(greedy, 'succeeded', [])).toEqual([false]);
    expect(await etherOf(world, greedy.address)).toBe(world.profit / 2n);
    expect(await balanceOf(world, weth, executor.address)).toBe(GIFT);
  });
});
