import { concat, Interface, toBeHex, ZeroAddress } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../lib/call.ts';
import { encodeCalls, encodeSwapCallback } from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { flashLoanSimple, flashSwap, liquidation, swap } from './calls.ts';
import { allowanceOf, buildRichWorld, expectShared, expectUndone, GIFT, type RichWorld } from './drain.ts';
import { call, execute, item, transact } from './execute.ts';
import { allow, balanceOf, DEBT, etherOf, WETH } from './world.ts';

/** The executor is rich, the operator's key is in the wrong hands: only owner and builder may ever gain. */
let world: RichWorld;
let thief: Address;
let thiefsPool: Deployed;
/** A token whose balance of the executor the thief chooses. */
let thiefsToken: Deployed;
let snapshot: unknown;

beforeAll(async () => {
  world = await buildRichWorld();
  thief = world.operator;
  thiefsPool = await world.evm.deploy(world.contracts.get('HostilePool'));
  thiefsToken = await world.evm.deploy(world.contracts.get('TestToken'));
});
beforeEach(async () => {
  snapshot = await world.evm.rpc('evm_snapshot');
});
afterEach(async () => {
  await expectThiefGainedNothing();
  await world.evm.rpc('evm_revert', [snapshot]);
});
afterAll(() => world?.evm.stop());

async function expectThiefGainedNothing(): Promise<void> {
  const { weth, usdc, lendingPool, pool } = world;
  for (const account of [thief, thiefsPool.address]) {
    expect(await balanceOf(world, weth, account)).toBe(0n);
    expect(await balanceOf(world, usdc, account)).toBe(0n);
    for (const token of [weth, usdc]) expect(await allowanceOf(world, token, account)).toBe(0n);
  }
  for (const spender of [lendingPool.address, pool]) {
    for (const token of [weth, usdc]) expect(await allowanceOf(world, token, spender)).toBe(0n);
  }
  // Gas is free here, and the node gave every account the same.
  expect(await etherOf(world, thief)).toBe(await etherOf(world, world.stranger));
}

const tokens = new Interface([
  'function transfer(address to, uint256 amount)',
  'function transferFrom(address from, address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function withdraw(uint256 amount)',
]);

const plain = (target: Address, name: string, args: readonly unknown[]): Call => ({
  target,
  data: tokens.encodeFunctionData(name, args),
});

const selectorOf = (data: Hex): Hex => data.slice(0, 10);

const notAllowed = ({ target, data }: Call): string => `CallNotAllowed(${target},${selectorOf(data)})`;

const sellGift = (recipient: Address): Call => {
  const { weth, usdc } = world;
  const data = encodeSwapCallback(weth.address, []);
  return swap(world, { recipient, tokenIn: weth.address, tokenOut: usdc.address, amount: GIFT, data });
};

/** Writes `word` over the argument at `offset` of an allowed call, through the balance of a token of his own. */
async function overwritten(victim: Call, offset: number, word: bigint): Promise<Call> {
  await world.evm.run(thiefsToken, 'mint', [world.executor.address, word]);
  return { ...victim, spendBalance: { token: thiefsToken.address, offset } };
}

describe('he cannot call', () => {
  test.each([
    ['WETH.transfer to himself', () => plain(world.weth.address, 'transfer', [thief, GIFT])],
    ['USDC.transfer to himself', () => plain(world.usdc.address, 'transfer', [thief, 1n])],
    ['WETH.approve for himself', () => plain(world.weth.address, 'approve', [thief, GIFT])],
    [
      'WETH.transferFrom',
      () => plain(world.weth.address, 'transferFrom', [world.executor.address, thief, GIFT]),
    ],
    ['WETH.withdraw', () => plain(world.weth.address, 'withdraw', [GIFT])],
    ['a pool of his own', () => ({ ...sellGift(world.executor.address), target: thiefsPool.address })],
    ['his own account', () => ({ target: thief, data: sellGift(thief).data })],
    [
      'a function of an allowed pool that has no rule',
      () => ({ target: world.pool, data: `0x490e6cbc${sellGift(thief).data.slice(10)}` }),
    ],
    [
      'the executor itself',
      () => ({
        target: world.executor.address,
        data: world.executor.abi.encodeFunctionData('sweep', [world.weth.address]),
      }),
    ],
    ['the empty address', () => ({ target: ZeroAddress, data: '0x00000000' })],
    [
      'with an allowance for what is not allowed',
      () => ({
        ...plain(thief, 'transfer', [thief, 1n]),
        approve: { token: world.weth.address, amount: GIFT },
      }),
    ],
  ])('%s', async (_, attack) => {
    await expectUndone(world, [attack()], notAllowed(attack()));
    // Nor from inside a callback.
    await expectUndone(world, [flashSwap(world, [attack()])], notAllowed(attack()));
  });

  test('with fewer bytes than a selector, which would run a fallback', async () => {
    const short = { target: world.pool, data: '0x128acb' };
    const padded = [short.data, '0x'].map((data) => [world.pool, data.padEnd(10, '0'), true, 0n]);
    await call(world, world.executor, 'setRules', [padded], { from: world.owner });
    await expectUndone(world, [short], `CallNotAllowed(${world.pool},0x128acb00)`);
    await expectUndone(world, [{ ...short, data: '0x' }], `CallNotAllowed(${world.pool},0x00000000)`);
  });

  test('with a selector that is written over an allowed one', async () => {
    const collect = 0x4f1eb3d8n << 224n;
    const attack = await overwritten(sellGift(world.executor.address), 0, collect);
    await expectUndone(world, [attack], `CallNotAllowed(${world.pool},0x4f1eb3d8)`);
  });

  test('what only the owner may', async () => {
    const { executor, pool } = world;
    const sender = { from: thief };
    const rule = [thiefsPool.address, '0x128acb08', true, 0n];
    expect((await call(world, executor, 'setRules', [[rule]], sender)).error).toBe('NotOwner()');
    expect((await call(world, executor, 'setOperator', [pool, true], sender)).error).toBe('NotOwner()');
  });
});

describe('he cannot name another recipient', () => {
  const refused = (target: Address, word = 0) => `RecipientNotSelf(${target},${word})`;

  test('of a swap', async () => {
    await expectUndone(world, [sellGift(thief)], refused(world.pool));
    await expectUndone(world, [sellGift(ZeroAddress)], refused(world.pool));
  });

  test('in whichever words the rule binds', async () => {
    const { pool, executor } = world;
    const signature = 'collect(address,address,address,address)';
    await allow(world, { target: pool, function: signature, selfWords: 0b1010n });
    const collect = new Interface([`function ${signature}`]);
    const naming = (...recipients: readonly Address[]) => ({
      target: pool,
      data: collect.encodeFunctionData('collect', recipients),
    });
    const self = executor.address;
    await expectUndone(world, [naming(self, thief, self, self)], refused(pool, 1));
    await expectUndone(world, [naming(thief, self, self, thief)], refused(pool, 3));
    // No word is bound here any more: it is the pool that knows no such function.
    await expectUndone(world, [naming(thief, self, thief, self)], `CallFailed(${pool})`);
  });

  test('of a loan', async () => {
    const { usdc, lendingPool } = world;
    const loan = { receiver: thief, token: usdc.address, amount: DEBT, params: encodeCalls([]) };
    await expectUndone(world, [flashLoanSimple(world, loan)], refused(lendingPool.address));
  });

  test('by leaving the word out', async () => {
    const attack = {
      target: world.pool,
      data: concat([selectorOf(sellGift(thief).data), '0x00'.padEnd(64, '0')]),
    };
    await expectUndone(world, [attack], refused(world.pool));
  });

  test('behind dirty upper bits', async () => {
    const honest = sellGift(world.executor.address);
    const data = `${honest.data.slice(0, 10)}01${honest.data.slice(12)}`;
    await expectUndone(world, [{ ...honest, data }], refused(world.pool));
  });

  test('by writing his address over the executor', async () => {
    const attack = await overwritten(sellGift(world.executor.address), 4, BigInt(thief));
    await expectUndone(world, [attack], refused(world.pool));
  });

  test('by writing zeros over half of the executor', async () => {
    const honest = sellGift(world.executor.address);
    const attack = { ...honest, spendBalance: { token: thiefsToken.address, offset: 20 } };
    await expectUndone(world, [attack], refused(world.pool));
  });

  test('by writing outside of the call', async () => {
    const honest = sellGift(world.executor.address);
    const length = (honest.data.length - 2) / 2;
    for (const offset of [length - 31, length, 2 ** 31]) {
      const attack = { ...honest, spendBalance: { token: world.weth.address, offset } };
      await expectUndone(world, [attack], `PatchOutOfBounds(${offset},${length})`);
    }
  });
});

describe('he cannot spend what was there', () => {
  test('in a bad sale', async () => {
    await expectUndone(world, [sellGift(world.executor.address)], 'ProfitTooLow(0,0)');
  });

  test('to the last wei, by selling the whole balance', async () => {
    const { weth } = world;
    const all = { ...sellGift(world.executor.address), spendBalance: { token: weth.address, offset: 68 } };
    await expectUndone(world, [all], 'ProfitTooLow(0,0)');
  });

  test('with a liquidation beside it that pays for less than it costs', async () => {
    await expectUndone(world, [flashSwap(world), sellGift(world.executor.address)], 'ProfitTooLow(0,0)');
  });

  test('where he wastes a profit, only that is wasted', async () => {
    const { executor, weth, usdc, profit, owner } = world;
    const data = encodeSwapCallback(weth.address, []);
    const waste = swap(world, { tokenIn: weth.address, tokenOut: usdc.address, amount: WETH, data });

    const outcome = await execute(world, [item(flashSwap(world), waste)]);

    expect(outcome.executed?.profitWei).toBe(profit - WETH);
    expect(await balanceOf(world, weth, executor.address)).toBe(GIFT);
    const left = await balanceOf(world, usdc, executor.address);
    await call(world, executor, 'sweep', [usdc.address], { from: world.stranger });
    expect(await balanceOf(world, usdc, owner)).toBe(left);
    expect(left).toBeGreaterThan(0n);
  });

  test('through an allowance larger than the call needs', async () => {
    const { usdc, lendingPool, profit } = world;
    const generous = { ...liquidation(world), approve: { token: usdc.address, amount: 2n ** 255n } };
    const outcome = await execute(world, [item(flashSwap(world, [generous]))]);
    expect(outcome.liquidated).toEqual([[0, profit]]);
    expect(await allowanceOf(world, usdc, lendingPool.address)).toBe(0n);
  });

  test('by paying a pool in a token of his own', async () => {
    const { executor, usdc, weth } = world;
    await world.evm.run(thiefsToken, 'mint', [executor.address, WETH]);
    const data = encodeSwapCallback(thiefsToken.address, []);
    const order = { tokenIn: weth.address, tokenOut: usdc.address, amount: WETH, data };
    await expectUndone(world, [swap(world, order)], 'Error(IIA)');
  });

  test('as a bid', async () => {
    const { executor, weth, builder, profit, owner } = world;
    const outcome = await execute(world, [item(flashSwap(world))], { bidBps: 10_000n });
    // All of the profit to the builder is within his power; not a wei more, and nothing to himself.
    expect(outcome.executed).toEqual({ profitWei: profit, bidWei: profit });
    expect(await etherOf(world, builder)).toBe(profit);
    expect(await balanceOf(world, weth, owner)).toBe(0n);
    expect(await balanceOf(world, weth, executor.address)).toBe(GIFT);
    expect(await etherOf(world, executor.address)).toBe(GIFT);
    const more = await execute(world, [item(flashSwap(world))], { bidBps: 2n ** 255n });
    expect(more.error).toBe(`BidTooHigh(${2n ** 255n})`);
  });

  test('by asking for nothing and calling it a profit', async () => {
    const outcome = await execute(world, [item()], { bidBps: 10_000n });
    expect(outcome.executed).toEqual({ profitWei: 0n, bidWei: 0n });
    await expectShared(world, 0n);
  });

  test('by sweeping: the owner gets it', async () => {
    const { executor, weth, owner } = world;
    const ownersEther = await etherOf(world, owner);
    await call(world, executor, 'sweep', [weth.address], { from: thief });
    await call(world, executor, 'sweep', [ZeroAddress], { from: thief });
    expect(await balanceOf(world, weth, owner)).toBe(GIFT);
    expect(await etherOf(world, owner)).toBe(ownersEther + GIFT);
  });

  test('with calldata that is no list of items', async () => {
    const { address, abi } = world.executor;
    const honest = abi.encodeFunctionData('execute', [[], [0n, 0n, 0n, 2n ** 40n]]);
    for (const garbage of [0n, 31n, 2n ** 63n, 2n ** 255n, 2n ** 256n - 1n]) {
      const data = concat([honest.slice(0, 10), toBeHex(garbage, 32), `0x${honest.slice(74)}`]);
      expect((await transact(world, address, data)).succeeded).toBe(false);
    }
    await expectShared(world, 0n);
  });
});
