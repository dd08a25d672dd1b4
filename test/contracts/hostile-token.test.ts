import { Interface } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeCalls, encodeExecute, encodeSwapCallback } from '../../lib/executor.ts';
import type { Address } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { flashLoanSimple, flashSwap, liquidation, swap } from './calls.ts';
import { allowanceOf, buildRichWorld, expectShared, expectUndone, GIFT, type RichWorld } from './drain.ts';
import { call, execute, item, NO_TERMS, reasonOf } from './execute.ts';
import { DEBT, WETH } from './world.ts';

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

describe('a token', () => {
  const market = (token: Deployed) =>
    liquidation(world, { collateral: world.weth, debt: token, amount: 100n, borrower: token.address });

  /** A borrower who owes 100 of it for 1 WETH, and the 100 on the executor to repay it with. */
  async function deployToken(name: string): Promise<Deployed> {
    const { evm, contracts, lendingPool, executor } = world;
    const token = await evm.deploy(contracts.get(name));
    await evm.run(token, 'mint', [executor.address, 100n]);
    await evm.run(lendingPool, 'open', [token.address, 100n, WETH]);
    return token;
  }

  test('that returns nothing, and dislikes changed allowances, is as good as any', async () => {
    const token = await deployToken('SilentToken');
    const { lendingPool } = world;
    const generous = { ...market(token), approve: { token: token.address, amount: 1_000n } };
    const outcome = await execute(world, [item(generous)]);
    expect(outcome.liquidated).toEqual([[0, WETH]]);
    expect(await allowanceOf(world, token, lendingPool.address)).toBe(0n);
    await world.evm.run(token, 'mint', [world.executor.address, 100n]);
    await world.evm.run(lendingPool, 'open', [token.address, 100n, WETH]);
    expect((await execute(world, [item(market(token))])).liquidated).toEqual([[0, WETH]]);
  });

  test('that says no is not believed to have said yes', async () => {
    const token = await deployToken('FalseToken');
    await expectUndone(world, [market(token)], `TokenRefused(${token.address})`);
    const pay = { ...flashSwap(world), data: flashSwapData(token.address) };
    await expectUndone(world, [pay], `TokenRefused(${token.address})`);
  });

  test('that is no contract moves nothing', async () => {
    const { stranger } = world;
    await expectUndone(
      world,
      [{ ...flashSwap(world), data: flashSwapData(stranger) }],
      `TokenRefused(${stranger})`,
    );
    const approve = { token: stranger, amount: 1n };
    await expectUndone(world, [{ ...flashSwap(world), approve }], `TokenRefused(${stranger})`);
  });

  test('that keeps a fee leaves its lender short, and its item undone', async () => {
    const { evm, contracts, lendingPool } = world;
    const token = await evm.deploy(contracts.get('FeeToken'));
    await evm.run(token, 'mint', [lendingPool.address, 10_000n]);
    const params = encodeCalls([]);
    const loan = flashLoanSimple(world, { token: token.address, amount: 5_000n, params });
    // 4,950 arrive, 5,003 must go back: Solidity's checked subtraction in the token.
    await expectUndone(world, [loan], 'Panic(17)');
  });

  test.each(['execute', 'sweep', 'runItem', 'uniswapV3SwapCallback'])(
    'that re-enters %s gets nowhere',
    async (name) => {
      const { evm, contracts, executor, owner, weth } = world;
      const token = await deployToken('HookedToken');
      const key = await evm.deploy(contracts.get('OperatorContract'));
      await call(world, executor, 'setOperator', [key.address, true], { from: owner });
      const abi = new Interface(contracts.get('LiquidationExecutor').abi);
      const data = {
        execute: () => encodeExecute([item(flashSwap(world))], NO_TERMS),
        sweep: () => abi.encodeFunctionData('sweep', [weth.address]),
        runItem: () => abi.encodeFunctionData('runItem', [[[], 0n, 0n]]),
        uniswapV3SwapCallback: () =>
          abi.encodeFunctionData('uniswapV3SwapCallback', [GIFT, 0n, encodeSwapCallback(weth.address, [])]),
      }[name];
      await evm.run(token, 'arm', [
        key.address,
        key.abi.encodeFunctionData('forward', [executor.address, data?.() ?? '0x']),
      ]);

      const outcome = await execute(world, [item(market(token))], { bidBps: 5_000n });

      expect(outcome.liquidated).toEqual([[0, WETH]]);
      await expectShared(world, WETH);
      const hook = async (field: string) => (await evm.call(token, field, []))[0];
      const refusals: Record<string, string> = {
        execute: 'Reentered()',
        sweep: 'Reentered()',
        runItem: 'NotSelf()',
        uniswapV3SwapCallback: `UnexpectedCallback(${key.address})`,
      };
      expect(await hook('hookRan')).toBe(true);
      expect(await hook('hookSucceeded')).toBe(false);
      expect(reasonOf(await hook('hookReturned'))).toBe(refusals[name]);
    },
  );

  const flashSwapData = (payToken: Address) =>
    swap(world, {
      tokenIn: world.weth.address,
      tokenOut: world.usdc.address,
      amount: -DEBT,
      data: encodeSwapCallback(payToken, []),
    }).data;
});
