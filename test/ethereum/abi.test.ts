import { AbiCoder, Interface, ParamType } from 'ethers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call } from '../../lib/call.ts';
import { address, array, boolean, bytes, encodeArguments, integer, tuple } from '../../lib/ethereum/abi.ts';
import {
  encodeCalls,
  encodeExecute,
  encodePairCallback,
  encodeSwapCallback,
  executorInterface,
} from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { encodeSwap as swapOfV2 } from '../../lib/venues/uniswap-v2/contract.ts';
import { encodeSwap as swapOfV3 } from '../../lib/venues/uniswap-v3/contract.ts';
import { poolId, poolKey } from '../../lib/venues/uniswap-v4/pool-key.ts';
import { token } from '../support/synthetic-market.ts';

// Everything is held against ethers' own coder.
const coder = AbiCoder.defaultAbiCoder();

const someAddress: fc.Arbitrary<Address> = fc.bigInt({ min: 1n, max: 2n ** 160n - 1n }).map(
  (n) =>
    // Checksummed, as everywhere.
    coder.decode(['address'], coder.encode(['uint160'], [n]))[0],
);
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const signed = fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n - 1n });
const someBytes: fc.Arbitrary<Hex> = fc
  .uint8Array({ maxLength: 100 })
  .map((raw) => `0x${Buffer.from(raw).toString('hex')}`);

test('values of every kind, nested, as ethers encodes them', () => {
  const types = [
    'address',
    'int256',
    '(bool,bytes)[]',
    '(uint256,address)',
    'bytes',
    '(bytes,(uint256,bool))',
  ];
  fc.assert(
    fc.property(
      fc.tuple(someAddress, signed, unsigned, fc.boolean(), someBytes),
      fc.array(fc.tuple(fc.boolean(), someBytes), { maxLength: 4 }),
      ([who, int, uint, flag, raw], list) => {
        const expected = coder.encode(types, [who, int, list, [uint, who], raw, [raw, [uint, flag]]]);
        const encoded = encodeArguments([
          ...[address(who), integer(int)],
          array(list.map(([one, data]) => tuple([boolean(one), bytes(data)]))),
          ...[tuple([integer(uint), address(who)]), bytes(raw)],
          tuple([bytes(raw), tuple([integer(uint), boolean(flag)])]),
        ]);
        expect(encoded).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

const call: fc.Arbitrary<Call> = fc
  .record({
    target: someAddress,
    data: someBytes,
    approve: fc.option(fc.record({ token: someAddress, amount: unsigned }), { nil: undefined }),
    spendBalance: fc.option(fc.record({ token: someAddress, offset: fc.nat() }), { nil: undefined }),
    callsBack: fc.boolean(),
  })
  .map(({ approve, spendBalance, ...one }) => ({
    ...one,
    ...(approve && { approve }),
    ...(spendBalance && { spendBalance }),
  }));
const calls = fc.array(call, { maxLength: 4 });

const asTuple = ({ target, data, approve, spendBalance, callsBack }: Call) => [
  ...[target, data, approve?.token ?? token(0), approve?.amount ?? 0n],
  ...[spendBalance?.token ?? token(0), spendBalance?.offset ?? 0, callsBack ?? false],
];

test("the executor's calldata and what is handed to lenders and pools", () => {
  const items = executorInterface.getFunction('execute')?.inputs[0];
  const list = items?.arrayChildren?.components?.[0]?.format('full') ?? '';
  const types = [ParamType.from(list)];
  fc.assert(
    fc.property(fc.array(calls, { maxLength: 3 }), someAddress, unsigned, (groups, who, amount) => {
      const terms = { minProfitWei: amount, bidBps: 9_000n, gasCostWei: 7n, deadlineSeconds: 1_760_000_000 };
      const all = groups.map((one) => ({ calls: one, minProfitWei: amount, gasLimit: 5n }));
      const expected = executorInterface.encodeFunctionData('execute', [
        all.map((item) => [item.calls.map(asTuple), item.minProfitWei, item.gasLimit]),
        [terms.minProfitWei, terms.bidBps, terms.gasCostWei, terms.deadlineSeconds],
      ]);
      expect(encodeExecute(all, terms)).toBe(expected);
      const [first = []] = groups;
      const tuples = first.map(asTuple);
      expect(encodeCalls(first)).toBe(coder.encode(types, [tuples]));
      expect(encodeSwapCallback(who, first)).toBe(coder.encode(['address', ...types], [who, tuples]));
      const pair = coder.encode(['address', 'uint256', ...types], [who, amount, tuples]);
      expect(encodePairCallback(who, amount, first)).toBe(pair);
    }),
    { numRuns: 200 },
  );
});

test('the calls of the pools', () => {
  const v3 = new Interface(['function swap(address,bool,int256,uint160,bytes)']);
  const v2 = new Interface(['function swap(uint256,uint256,address,bytes)']);
  fc.assert(
    fc.property(someAddress, signed, someBytes, fc.boolean(), (recipient, amount, data, zeroForOne) => {
      const swap = { recipient, zeroForOne, amountSpecified: amount, sqrtPriceLimitX96: 2n ** 100n, data };
      const args = [recipient, zeroForOne, amount, 2n ** 100n, data];
      expect(swapOfV3(swap)).toBe(v3.encodeFunctionData('swap', args));
      const out = [0n, amount < 0n ? -amount : amount] as const;
      expect(swapOfV2(out, recipient, data)).toBe(v2.encodeFunctionData('swap', [...out, recipient, data]));
    }),
    { numRuns: 200 },
  );
});

test('the id of a V4 pool: ether and USDC at 0.05 % on mainnet', () => {
  const key = poolKey([token(0), '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'], 500, 10);
  expect(poolId(key)).toBe('0x21c67e77068de97969ba93d4aab21826d33ca12bb9f565d8496e8fda8a82ca27');
});
