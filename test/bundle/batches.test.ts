import { describe, expect, test } from 'vitest';
import type { Batch } from '../../lib/bundle/batch.ts';
import { batchesOf, type Room, roomFor } from '../../lib/bundle/batches.ts';
import { EXECUTE_GAS, gasLimitFor, itemGasLimit, TRANSACTION_GAS_CAP } from '../../lib/bundle/gas.ts';
import type { LiquidationPlan } from '../../lib/domain.ts';
import { profitOf, type Terms } from '../../lib/planning/profit.ts';
import { Random } from '../support/fuzz/random.ts';
import { token } from '../support/synthetic-market.ts';

const terms: Terms = { gasPriceWei: 10n, fixedGas: EXECUTE_GAS, bidBps: 9_000n, minProfitWei: 100n };
const wide: Room = { blockGas: 60_000_000n, maxGasCostWei: 10n ** 12n, transactions: 99 };

/** As the planner makes it: the first plan of all pays for `execute`. */
function planOf(index: number, ownGas: bigint, grossProfitWei: bigint): LiquidationPlan {
  const gasUsed = ownGas + (index === 0 ? EXECUTE_GAS : 0n);
  return {
    ...{ protocol: 'p', borrower: token(index + 1), debtAsset: token(1), collateralAsset: token(2) },
    ...{
      healthFactorWad: 1n,
      steps: 1,
      debtToCover: 1n,
      seizedCollateral: 1n,
      protocolFee: 0n,
      funding: 'f',
    },
    ...{
      flashFee: 0n,
      costsWei: { protocolFee: 0n, flashFee: 0n, priceImpact: 0n },
      calls: [],
      alternatives: [],
    },
    ...{ grossProfitWei, gasUsed, ...profitOf(grossProfitWei, gasUsed, terms) },
  };
}

const plans = (count: number, ownGas = 400_000n, grossProfitWei = 10n ** 9n) =>
  Array.from({ length: count }, (_, index) => planOf(index, ownGas, grossProfitWei));

const borrowers = (batch: readonly { readonly borrower?: string }[]) => batch.map(({ borrower }) => borrower);
const gasUsedIn = (batch: Batch) => batch.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);

test('few go into one transaction, as they are where none has anything in common with another', () => {
  const few = plans(5).map((plan, index) => ({ ...plan, collateralAsset: token(100 + index) }));
  expect(batchesOf(few, wide, terms)).toEqual({ batches: [few], skips: [] });
});

test('nobody goes into none', () => {
  expect(batchesOf([], wide, terms)).toEqual({ batches: [], skips: [] });
});

test('a hundred go into as many as the cap of EIP-7825 asks for, in their order', () => {
  const { batches, skips } = batchesOf(plans(100), wide, terms);
  expect(skips).toEqual([]);
  expect(borrowers(batches.flat())).toEqual(borrowers(plans(100)));
  // A reserve of 220,000, thirteen tenths of 530,000 and of 43 times 240,000, two items of 689,000: 44 at most.
  expect(batches).toHaveLength(3);
  for (const { length } of batches) expect(length).toBeLessThanOrEqual(44);
  for (const batch of batches) expect(gasLimitFor(batch)).toBeLessThanOrEqual(16_000_000n);
});

test('several are alike: none is left with the few that did not fit into the others', () => {
  for (const count of [45, 50, 89, 100, 133]) {
    const sizes = batchesOf(plans(count), { ...wide, blockGas: 10n ** 9n }, terms).batches.map(
      ({ length }) => length,
    );
    expect(sizes).toHaveLength(Math.ceil(count / 44));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(5);
  }
});

test('each transaction pays for itself: its first plan carries the gas of execute', () => {
  const { batches } = batchesOf(plans(50), wide, terms);
  expect(batches).toHaveLength(2);
  for (const [first] of batches) {
    expect(first).toMatchObject(profitOf(10n ** 9n, 400_000n + EXECUTE_GAS, terms));
  }
});

test('behind another of its pair a liquidation is cheaper, and may still use all that it would need alone', () => {
  const [first, second, third] = plans(3);
  const other = { ...third, collateralAsset: token(3) };
  const { batches } = batchesOf(
    first && second && third ? [first, second, { ...third, ...other }] : [],
    wide,
    terms,
  );
  const [, warm, cold] = batches.flat();
  expect(warm).toMatchObject({ ...profitOf(10n ** 9n, 240_000n, terms), gasUsed: 240_000n });
  expect(cold).toMatchObject({ ...profitOf(10n ** 9n, 400_000n, terms), gasUsed: 400_000n });
  expect(batches.flat().map(itemGasLimit)).toEqual([689_000n, 520_000n, 520_000n]);
});

describe('whoever finds no room is left, with all that come after', () => {
  test('for the block is full: what was used and the last limit fit into it', () => {
    const room = { ...wide, blockGas: 20_000_000n };
    const { batches, skips } = batchesOf(plans(100), room, terms);
    const [last = [], ...before] = [...batches].reverse();
    expect(gasUsedIn(before.flat()) + gasLimitFor(last)).toBeLessThanOrEqual(20_000_000n);
    expect(gasUsedIn(batches.flat())).toBeGreaterThan(10_000_000n);
    expect(borrowers([...batches.flat(), ...skips])).toEqual(borrowers(plans(100)));
    expect(skips[0]).toMatchObject({
      reason: 'noRoom',
      numbers: { blockGas: 20_000_000n, gasUsed: 400_000n },
    });
  });

  test('for the gas of all may cost no more', () => {
    const { batches } = batchesOf(plans(100), { ...wide, maxGasCostWei: 200_000_000n }, terms);
    const limits = batches.reduce((sum, batch) => sum + gasLimitFor(batch), 0n);
    expect(limits * terms.gasPriceWei).toBeLessThanOrEqual(200_000_000n);
    expect(batches.flat().length).toBeGreaterThan(25);
  });

  test('for only one transaction may stand behind a hint', () => {
    const { batches, skips } = batchesOf(plans(100), { ...wide, transactions: 1 }, terms);
    expect(batches).toHaveLength(1);
    expect(skips).toHaveLength(56);
  });

  test('for another transaction does not pay for itself', () => {
    // 5,000,000 wei are worth 400,000 gas at 10 wei, and not 530,000.
    const { batches, skips } = batchesOf([...plans(44), ...plans(5, 400_000n, 5_000_000n)], wide, terms);
    expect(batches).toHaveLength(1);
    expect(skips).toHaveLength(5);
  });
});

test('the first of all is never left out: whether it may be signed is decided elsewhere', () => {
  const { batches } = batchesOf(plans(3), { ...wide, maxGasCostWei: 1n }, terms);
  expect(batches.map(({ length }) => length)).toEqual([1]);
});

test('a liquidation dearer than any transaction still gets all the gas that there is', () => {
  const { batches } = batchesOf([...plans(2), planOf(2, 15_000_000n, 10n ** 12n)], wide, terms);
  expect(batches.map(gasLimitFor)).toEqual([1_910_000n, TRANSACTION_GAS_CAP]);
});

test('random plans: nobody is lost or doubled, no limit is passed, no transaction could hold the next one too', () => {
  const random = new Random(7);
  for (let round = 0; round < 100; round += 1) {
    const all = Array.from({ length: random.integer(1, 120) }, (_, index) =>
      planOf(index, BigInt(random.integer(150_000, 1_500_000)), BigInt(random.integer(10 ** 8, 10 ** 10))),
    );
    const room = {
      blockGas: BigInt(random.integer(5_000_000, 60_000_000)),
      maxGasCostWei: BigInt(random.integer(10 ** 8, 10 ** 10)),
      transactions: random.integer(1, 8),
    };
    const { batches, skips } = batchesOf(all, room, terms);
    expect(borrowers([...batches.flat(), ...skips])).toEqual(borrowers(all));
    expect(batches.length).toBeLessThanOrEqual(room.transactions);
    for (const [index, batch] of batches.entries()) {
      expect(gasLimitFor(batch)).toBeLessThanOrEqual(TRANSACTION_GAS_CAP);
      if (batches.flat().length > 1 && index > 0)
        expect(gasUsedIn(batches.slice(0, index).flat()) + gasLimitFor(batch)).toBeLessThanOrEqual(
          room.blockGas,
        );
    }
  }
});

describe('how much room there is', () => {
  const head = { number: 1, hash: '0x', timestampSeconds: 1, nextBaseFeeWei: 1n };
  const policy = { maxBlockGasBps: 9_000n, maxGasCostWei: 5n };

  test('a share of the block', () => {
    const trigger = { kind: 'timer', reason: 'cutoff' } as const;
    expect(roomFor(trigger, { ...head, gasLimit: 45_000_000n }, policy)).toEqual({
      ...{ blockGas: 40_500_000n, maxGasCostWei: 5n, transactions: 99 },
    });
    expect(roomFor(trigger, head, policy).blockGas).toBe(27_000_000n);
  });

  test('one transaction behind a hint', () => {
    const call = { to: token(1), data: '0x' };
    expect(roomFor({ kind: 'mevShareHint', hash: '0x1', call }, head, policy).transactions).toBe(1);
  });
});
