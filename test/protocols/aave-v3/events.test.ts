import { describe, expect, test } from 'vitest';
import type { Log } from '../../../lib/chain.ts';
import { RAY } from '../../../lib/math/fixed-point.ts';
import { poolInterface, tokenInterface } from '../../../lib/protocols/aave-v3/abi.ts';
import {
  borrowerOf,
  borrowTopic,
  decodeLiquidation,
  type EventRounding,
  liquidationTopic,
  type ScaledPosition,
  scaledPositionsAfter,
} from '../../../lib/protocols/aave-v3/events.ts';
import { address } from './synthetic-pool.ts';

const [ALICE, BOB, POOL] = [address(0xa11ce), address(0xb0b), address(0x9001)];

function log(contract: typeof tokenInterface, event: string, values: readonly unknown[]): Log {
  const { topics, data } = contract.encodeEventLog(event, values);
  return {
    ...{ address: POOL, topics: topics.map(String), data },
    ...{ blockNumber: 1, logIndex: 0, transactionHash: `0x${'11'.repeat(32)}` },
  };
}

/** Scaled balances of Alice and Bob once these logs have been. */
function balancesAfter(rounding: EventRounding, events: readonly (readonly [string, readonly unknown[]])[]) {
  const positions = new Map<string, ScaledPosition>();
  for (const [event, values] of events) {
    const changed = scaledPositionsAfter(log(tokenInterface, event, values), rounding, (holder) =>
      positions.get(holder),
    );
    for (const [holder, position] of changed) positions.set(holder, position);
  }
  return [ALICE, BOB].map((holder) => positions.get(holder)?.scaledBalance ?? 0n);
}

describe('scaled balances from logs', () => {
  // Index 1.5: 100 scaled are 150; a mint of 10 more scaled (15), then a burn of 40 scaled (60) at index 2,
  // when the interest since is 110 · 0.5 = 55.
  const mints = [
    ['Mint', [POOL, ALICE, 150n, 0n, (RAY * 3n) / 2n]],
    ['Mint', [POOL, ALICE, 15n, 0n, (RAY * 3n) / 2n]],
  ] as const;

  test.each<EventRounding>(['halfUp', 'aToken', 'variableDebtToken'])(
    'burn beyond the interest, %s',
    (rounding) => {
      // From 165 to 70 · 2 = 140: burned 25 = 80 − 55.
      expect(balancesAfter(rounding, [...mints, ['Burn', [ALICE, POOL, 25n, 55n, 2n * RAY]]])).toEqual([
        70n,
        0n,
      ]);
    },
  );

  test.each<EventRounding>(['halfUp', 'aToken', 'variableDebtToken'])(
    'burn within the interest is a Mint, %s',
    (rounding) => {
      // 10 scaled burned at index 2: from 165 to 100 · 2 = 200, minted 35 = 55 − 20.
      expect(balancesAfter(rounding, [...mints, ['Mint', [ALICE, ALICE, 35n, 55n, 2n * RAY]]])).toEqual([
        100n,
        0n,
      ]);
    },
  );

  test('transfers move scaled units; interest was minted before', () => {
    const events = [
      ...mints,
      ['Mint', [POOL, ALICE, 55n, 55n, 2n * RAY]],
      ['BalanceTransfer', [ALICE, BOB, 30n, 2n * RAY]],
      ['BalanceTransfer', [BOB, BOB, 7n, 2n * RAY]],
    ] as const;
    expect(balancesAfter('aToken', events)).toEqual([80n, 30n]);
    expect(balancesAfter('halfUp', events)).toEqual([80n, 30n]);
  });

  test('the two tokens of 3.5 round opposite ways', () => {
    // Scaled 1 at index 1.5: the aToken says 1, the debt token 2.
    expect(balancesAfter('aToken', [['Mint', [POOL, ALICE, 1n, 0n, (RAY * 3n) / 2n]]])).toEqual([1n, 0n]);
    expect(balancesAfter('variableDebtToken', [['Mint', [POOL, ALICE, 2n, 0n, (RAY * 3n) / 2n]]])).toEqual([
      1n,
      0n,
    ]);
  });

  test('other logs change nothing', () => {
    const other = { ...log(tokenInterface, 'Burn', [ALICE, POOL, 1n, 0n, RAY]), topics: [borrowTopic] };
    expect(scaledPositionsAfter(other, 'aToken', () => undefined).size).toBe(0);
  });
});

test('a Borrow names the account that owes, not the one that called', () => {
  const borrow = log(poolInterface, 'Borrow', [POOL, ALICE, BOB, 1n, 2, 3n, 0]);
  expect(borrow.topics[0]).toBe('0xb3d084820fb1a9decffb176436bd02558d15fac9b0ddfed8c465bc7359d7dce0');
  expect(borrowerOf(borrow)).toBe(BOB);
});

test('LiquidationCall, with the topic that Ethereum knows', () => {
  const done = log(poolInterface, 'LiquidationCall', [address(1), address(2), ALICE, 3n, 4n, BOB, false]);
  expect(liquidationTopic).toBe('0xe413a321e8681d831f4dbccbca790d2952b56f977908e45be37335533e005286');
  expect(decodeLiquidation(done)).toEqual({
    borrower: ALICE,
    liquidator: BOB,
    collateralAsset: address(1),
    debtAsset: address(2),
    debtToCover: 3n,
    seizedCollateral: 4n,
    transactionHash: done.transactionHash,
    blockNumber: done.blockNumber,
  });
  expect(decodeLiquidation({ ...done, topics: [borrowTopic] })).toBe(undefined);
});
