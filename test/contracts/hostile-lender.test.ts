import { Interface, ZeroAddress } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../lib/call.ts';
import { encodeCalls, encodeSwapCallback } from '../../lib/executor.ts';
import type { Address } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { flashLoanSimple, flashSwap, liquidation, swap } from './calls.ts';
import { allowanceOf, buildRichWorld, expectUndone, GIFT, type RichWorld } from './drain.ts';
import { call, execute, item, transact } from './execute.ts';
import { allow, DEBT, USDC } from './world.ts';

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

describe('a lender that the owner should not have allowed', () => {
  const MODES = [
    'Honest',
    'CallsTwice',
    'CallsThroughAccomplice',
    'LiesAboutInitiator',
    'NeverPulls',
    'PullsTooMuch',
    'NeverCalls',
  ];
  let lender: Deployed;

  beforeEach(async () => {
    const { evm, contracts, usdc } = world;
    lender = await evm.deploy(contracts.get('HostileLender'));
    await evm.run(usdc, 'mint', [lender.address, 1_000_000n * USDC]);
    const loan = {
      target: lender.address,
      function: 'flashLoanSimple(address,address,uint256,bytes,uint16)',
    };
    await allow(world, { ...loan, selfWords: 1n });
  });

  const mode = (name: string) => world.evm.run(lender, 'setMode', [MODES.indexOf(name)]);
  const loan = (inner: readonly Call[], amount = DEBT): Call => {
    const { usdc } = world;
    return flashLoanSimple(world, {
      lender: lender.address,
      token: usdc.address,
      amount,
      params: encodeCalls(inner),
    });
  };
  const buyBack = () =>
    swap(world, {
      tokenIn: world.weth.address,
      tokenOut: world.usdc.address,
      amount: -DEBT,
      data: encodeSwapCallback(world.weth.address, []),
    });

  test('is an ordinary lender as long as it is honest', async () => {
    const outcome = await execute(world, [item(loan([liquidation(world), buyBack()]))]);
    expect(outcome.executed?.profitWei).toBe(world.profit);
  });

  test('may call back once', async () => {
    await mode('CallsTwice');
    await expectUndone(world, [loan([])], `UnexpectedCallback(${lender.address})`);
  });

  test('may not send another', async () => {
    await mode('CallsThroughAccomplice');
    const [accomplice] = await world.evm.call(lender, 'ACCOMPLICE', []);
    await expectUndone(world, [loan([])], `UnexpectedCallback(${accomplice})`);
  });

  test('may not pass on the loan of another', async () => {
    await mode('LiesAboutInitiator');
    await expectUndone(world, [loan([])], `UnexpectedCallback(${lender.address})`);
  });

  test('may not call after its call', async () => {
    const { executor, usdc } = world;
    await mode('NeverCalls');
    const callBack: Call = {
      target: lender.address,
      data: lender.abi.encodeFunctionData('callBack', [executor.address, usdc.address, 1n, encodeCalls([])]),
    };
    await allow(world, { target: lender.address, function: 'callBack(address,address,uint256,bytes)' });
    await expectUndone(world, [loan([]), callBack], `UnexpectedCallback(${lender.address})`);
    const outside = await transact(world, lender.address, callBack.data, { from: world.stranger });
    expect(outside.error).toBe(`UnexpectedCallback(${lender.address})`);
  });

  test('may not call where the call does not say so', async () => {
    await expectUndone(world, [{ ...loan([]), callsBack: false }], `UnexpectedCallback(${lender.address})`);
  });

  test('may not pull more than it lent', async () => {
    const { evm, usdc, executor } = world;
    await evm.run(usdc, 'mint', [executor.address, DEBT]);
    await mode('PullsTooMuch');
    await expectUndone(world, [loan([])], 'Panic(17)');
  });

  test('keeps no allowance that it did not use', async () => {
    const { usdc, executor } = world;
    await mode('NeverPulls');
    const outcome = await execute(world, [item(loan([], 1_000n * USDC)), item(flashSwap(world))]);
    expect(outcome.liquidated.length).toBe(2);
    expect(await allowanceOf(world, usdc, lender.address)).toBe(0n);
    const pulled = await call(world, lender, 'pull', [usdc.address, executor.address, 1n]);
    expect(pulled.succeeded).toBe(false);
  });
});

describe('a pool that takes and does not give', () => {
  test('loses the sale with its item', async () => {
    const { evm, contracts, weth, usdc } = world;
    const pool = await evm.deploy(contracts.get('HostilePool'));
    await allow(world, {
      target: pool.address,
      function: 'swap(address,bool,int256,uint160,bytes)',
      selfWords: 1n,
    });
    const data = encodeSwapCallback(weth.address, []);
    const sell = (amount: bigint) =>
      swap(world, { pool: pool.address, tokenIn: weth.address, tokenOut: usdc.address, amount, data });

    await expectUndone(world, [sell(GIFT)], 'ProfitTooLow(0,0)');
    const items = [{ ...item(flashSwap(world), sell(world.profit)), minProfitWei: 1n }];
    expect((await execute(world, items)).error).toBe('NothingLiquidated(ProfitTooLow(0,1))');
  });
});

describe('a lender that lends to whom anybody names', () => {
  test.each([
    ['uniswapV2Call', () => [world.stranger, 1n, 0n, '0x']],
    ['executeOperation', () => [world.usdc.address, 1n, 0n, world.stranger, '0x']],
    ['onFlashLoan', () => [world.stranger, world.usdc.address, 1n, 0n, '0x']],
  ])('is not believed a loan that we did not ask for: %s', async (name, args) => {
    const { evm, contracts, stranger } = world;
    const parrot = await evm.deploy(contracts.get('Parrot'));
    await allow(world, { target: parrot.address, function: 'say(bytes)' });
    const callback = new Interface(contracts.get('IFlashCallbacks').abi).encodeFunctionData(name, args());
    const data = parrot.abi.encodeFunctionData('say', [callback]);
    await expectUndone(
      world,
      [{ target: parrot.address, data, callsBack: true }],
      `UnexpectedCallback(${stranger})`,
    );
  });
});

describe('a callback that nobody asked for', () => {
  const callbacks: readonly (readonly [string, (self: Address) => readonly unknown[]])[] = [
    ['uniswapV3SwapCallback', () => [1n, 0n, '0x']],
    ['uniswapV2Call', (self) => [self, 1n, 0n, '0x']],
    ['unlockCallback', () => ['0x']],
    ['executeOperation', (self) => [ZeroAddress, 1n, 0n, self, '0x']],
    ['onMorphoFlashLoan', () => [1n, '0x']],
    ['onMorphoLiquidate', () => [1n, '0x']],
    ['onPreLiquidate', () => [1n, '0x']],
    ['receiveFlashLoan', () => [[], [], [], '0x']],
    ['onFlashLoan', (self) => [self, ZeroAddress, 1n, 0n, '0x']],
  ];

  test('the list is complete', () => {
    const { abi } = world.contracts.get('IFlashCallbacks');
    expect(callbacks.map(([name]) => name).sort()).toEqual(abi.map(({ name }) => name).sort());
  });

  test.each(callbacks)('%s', async (name, args) => {
    const { executor, contracts, operator, owner, stranger } = world;
    const abi = new Interface(contracts.get('IFlashCallbacks').abi);
    for (const from of [stranger, operator, owner]) {
      const { error } = await call(world, { ...executor, abi }, name, args(executor.address), { from });
      expect(error).toBe(`UnexpectedCallback(${from})`);
    }
  });

  test('nor an item, nor ether', async () => {
    const { executor, contracts, operator, evm } = world;
    const abi = new Interface(contracts.get('LiquidationExecutor').abi);
    const { error } = await call(world, { ...executor, abi }, 'runItem', [[[], 0n, 0n]], { from: operator });
    expect(error).toBe('NotSelf()');
    const ether = evm.rpc('eth_call', [{ from: operator, to: executor.address, value: '0x1' }]);
    await expect(ether).rejects.toMatchObject({ data: executor.abi.encodeErrorResult('EtherRefused') });
  });
});
