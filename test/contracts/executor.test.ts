import { toQuantity } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeCalls, encodeExecute, encodeSwapCallback } from '../../lib/executor.ts';
import { flashLoanSimple, flashSwap, flashSwapProfit, liquidation, swap } from './calls.ts';
import { call, execute, item, NO_TERMS } from './execute.ts';
import {
  BORROWER,
  balanceOf,
  buildWorld,
  COLLATERAL,
  DEBT,
  etherOf,
  isolated,
  WETH,
  type World,
} from './world.ts';

let world: World;
let snapshot: unknown;
let profit: bigint;

beforeAll(async () => {
  world = await buildWorld();
  profit = await flashSwapProfit(world);
});
beforeEach(async () => {
  snapshot = await world.evm.rpc('evm_snapshot');
});
afterEach(() => world.evm.rpc('evm_revert', [snapshot]));
afterAll(() => world?.evm.stop());

describe('a liquidation', () => {
  test('by flash-swap brings the collateral less what the pool takes for the debt', async () => {
    const outcome = await execute(world, [item(flashSwap(world))]);

    expect(outcome).toMatchObject({ executed: { profitWei: profit, bidWei: 0n }, liquidated: [[0, profit]] });
    expect(profit).toBeGreaterThan(2n * WETH);
    expect(await balanceOf(world, world.weth, world.owner)).toBe(profit);
    expect(await balanceOf(world, world.usdc, world.executor.address)).toBe(0n);
  });

  test('by Aave flash loan repays amount and premium from the sale of the collateral', async () => {
    const { weth, usdc, executor, lendingPool } = world;
    const premium = (DEBT * 5n + 9_999n) / 10_000n;
    const buyDebtBack = swap(world, {
      tokenIn: weth.address,
      tokenOut: usdc.address,
      amount: -(DEBT + premium),
      data: encodeSwapCallback(weth.address, []),
    });
    const params = encodeCalls([liquidation(world), buyDebtBack]);
    const loan = flashLoanSimple(world, { token: usdc.address, amount: DEBT, params });
    const before = await balanceOf(world, usdc, lendingPool.address);

    const outcome = await execute(world, [item(loan)]);

    expect(outcome.failed).toEqual([]);
    expect(outcome.executed?.profitWei).toBe(await balanceOf(world, weth, world.owner));
    expect(outcome.executed?.profitWei).toBeLessThan(profit);
    expect(await balanceOf(world, usdc, lendingPool.address)).toBe(before + DEBT + premium);
    expect(await balanceOf(world, usdc, executor.address)).toBe(0n);
  });

  test('sells all that it seized where nobody knew how much that would be', async () => {
    const { evm, usdc, executor, lendingPool, weth, pool } = world;
    const debt = 40n * WETH;
    const seized = 84_000_123_456n;
    await evm.run(lendingPool, 'open', [BORROWER, debt, seized]);
    const liquidate = liquidation(world, { collateral: usdc, debt: weth, amount: debt });
    const sell = {
      ...swap(world, {
        tokenIn: usdc.address,
        tokenOut: weth.address,
        amount: 1n,
        data: encodeSwapCallback(usdc.address, []),
      }),
      spendBalance: { token: usdc.address, offset: 4 + 2 * 32 },
    };
    const params = encodeCalls([liquidate, sell]);
    const before = await balanceOf(world, usdc, pool);

    const outcome = await execute(world, [
      item(flashLoanSimple(world, { token: weth.address, amount: debt, params })),
    ]);

    expect(outcome.executed?.profitWei).toBeGreaterThan(WETH);
    expect(await balanceOf(world, usdc, pool)).toBe(before + seized);
    expect(await balanceOf(world, usdc, executor.address)).toBe(0n);
  });
});

describe('the profit is shared', () => {
  test.each([
    { bidBps: 0n, gasCostWei: 0n },
    { bidBps: 9_000n, gasCostWei: 0n },
    { bidBps: 9_999n, gasCostWei: 12_345_678_901_234_567n },
    { bidBps: 1n, gasCostWei: 1n },
    { bidBps: 10_000n, gasCostWei: 7n },
    { bidBps: 10_000n, gasCostWei: 0n },
  ])('to the wei: %o', async (terms) => {
    const { weth, owner, builder, executor } = world;
    const bidWei = ((profit - terms.gasCostWei) * terms.bidBps) / 10_000n;

    const outcome = await execute(world, [item(flashSwap(world))], terms);

    expect(outcome.executed).toEqual({ profitWei: profit, bidWei });
    expect(await etherOf(world, builder)).toBe(bidWei);
    expect(await balanceOf(world, weth, owner)).toBe(profit - bidWei);
    expect(await balanceOf(world, weth, executor.address)).toBe(0n);
    expect(await etherOf(world, executor.address)).toBe(0n);
  });

  test('without a bid where gas takes it all', async () => {
    for (const gasCostWei of [profit, profit + 1n]) {
      const terms = { bidBps: 10_000n, gasCostWei };
      const { executed } = await isolated(world, () => execute(world, [item(flashSwap(world))], terms));
      expect(executed).toEqual({ profitWei: profit, bidWei: 0n });
    }
  });

  test('only where the owner gets what was asked for, the bid already paid', async () => {
    const bidWei = (profit * 9_000n) / 10_000n;
    const ownersWei = profit - bidWei;
    const items = [item(flashSwap(world))];

    const refused = await execute(world, items, { bidBps: 9_000n, minProfitWei: ownersWei + 1n });
    expect(refused.error).toBe(`ProfitTooLow(${ownersWei},${ownersWei + 1n})`);
    const accepted = await execute(world, items, { bidBps: 9_000n, minProfitWei: ownersWei });
    expect(accepted.succeeded).toBe(true);
  });

  test('not with a builder that cannot be paid', async () => {
    const { address } = await world.evm.deploy(world.contracts.get('RejectingBuilder'));
    await world.evm.rpc('anvil_setCoinbase', [address]);
    const outcome = await execute(world, [item(flashSwap(world))], { bidBps: 1n });
    await world.evm.rpc('anvil_setCoinbase', [world.builder]);
    expect(outcome.error).toBe('BidRejected()');
  });

  test('never counting what was there before', async () => {
    const { evm, weth, executor, owner } = world;
    await evm.run(weth, 'transfer', [executor.address, 5n * WETH]);

    expect((await execute(world, [item(flashSwap(world))])).executed?.profitWei).toBe(profit);
    expect(await balanceOf(world, weth, executor.address)).toBe(5n * WETH);
    expect(await balanceOf(world, weth, owner)).toBe(profit);
  });
});

describe('each item stands alone', () => {
  const OTHER = '0x0000000000000000000000000000000000000A11';

  test('the ones around a failing one go on, and pay as if it were not there', async () => {
    const nobody = flashSwap(world, [liquidation(world, { borrower: OTHER })]);
    const outcome = await execute(world, [item(nobody), item(flashSwap(world)), item(nobody)]);

    expect(outcome.liquidated).toEqual([[1, profit]]);
    expect(outcome.executed?.profitWei).toBe(profit);
    expect(outcome.failed.map(([index]) => index)).toEqual([0, 2]);
  });

  test('below its own minimum it is undone, at it it is not', async () => {
    const { evm, lendingPool, usdc } = world;
    const before = await balanceOf(world, usdc, lendingPool.address);
    const demanding = { ...item(flashSwap(world)), minProfitWei: profit + 1n };
    await evm.run(lendingPool, 'open', [OTHER, DEBT, COLLATERAL * 2n]);
    const other = item(flashSwap(world, [liquidation(world, { borrower: OTHER })]));

    const outcome = await execute(world, [demanding, other]);
    expect(outcome.failed).toEqual([[0, `ProfitTooLow(${profit},${profit + 1n})`]]);
    expect(outcome.liquidated).toEqual([[1, profit + COLLATERAL]]);
    expect(await balanceOf(world, usdc, lendingPool.address)).toBe(before + DEBT);
  });

  test('twice in one transaction is as good as once', async () => {
    const { evm, contracts, executor, owner, lendingPool } = world;
    const key = await evm.deploy(contracts.get('OperatorContract'));
    await call(world, executor, 'setOperator', [key.address, true], { from: owner });
    await evm.run(lendingPool, 'open', [BORROWER, DEBT * 2n, COLLATERAL * 2n]);
    const outcome = await call(world, key, 'twice', [
      executor.address,
      encodeExecute([item(flashSwap(world))], NO_TERMS),
    ]);
    expect(outcome.liquidated.length).toBe(2);
  });

  test('exactly its minimum is enough', async () => {
    const outcome = await execute(world, [{ ...item(flashSwap(world)), minProfitWei: profit }]);
    expect(outcome.liquidated).toEqual([[0, profit]]);
  });

  test('nothing liquidated is nothing to pay for', async () => {
    const nobody = item(flashSwap(world, [liquidation(world, { borrower: OTHER })]));
    expect((await execute(world, [nobody])).error).toMatch(/^NothingLiquidated\(0x/);
    expect((await execute(world, [])).error).toBe('NothingLiquidated(0x)');
  });
});

describe('execute is refused', () => {
  test('to all but operators', async () => {
    const items = [item(flashSwap(world))];
    expect((await execute(world, items, {}, { from: world.stranger })).error).toBe('NotOperator()');
    expect((await execute(world, items, {}, { from: world.owner })).error).toBe('NotOperator()');
  });

  test('after the deadline, not at it', async () => {
    const deadlineSeconds = 2_000_000_000;
    const items = [item(flashSwap(world))];
    await world.evm.rpc('evm_setNextBlockTimestamp', [toQuantity(deadlineSeconds)]);
    expect((await execute(world, items, { deadlineSeconds })).succeeded).toBe(true);
    await world.evm.rpc('evm_setNextBlockTimestamp', [toQuantity(deadlineSeconds + 1)]);
    const late = await execute(world, items, { deadlineSeconds });
    expect(late.error).toBe(`DeadlinePassed(${deadlineSeconds},${deadlineSeconds + 1})`);
  });

  test('with a bid above the whole', async () => {
    const outcome = await execute(world, [item(flashSwap(world))], { bidBps: 10_001n });
    expect(outcome.error).toBe('BidTooHigh(10001)');
  });

  test('to an operator whom the owner has dismissed', async () => {
    const { executor, owner, operator } = world;
    await call(world, executor, 'setOperator', [operator, false], { from: owner });
    expect((await execute(world, [item(flashSwap(world))])).error).toBe('NotOperator()');
  });
});
