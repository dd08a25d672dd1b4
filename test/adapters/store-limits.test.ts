import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { type KeyLease, stakeOf } from '../../lib/ledger/limits.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';

let dynamo: LocalDynamo;
let ledger: Ledger;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());
beforeEach(async () => {
  ledger = await dynamo.freshLedger();
});

const ETH = '0x00000000000000000000000000000000000000E1';
const BTC = '0x00000000000000000000000000000000000000B1';
const lease: KeyLease = {
  ...{ chainId: 1, operator: '0x0000000000000000000000000000000000000001' },
  ...{ holder: ETH, round: 7, headBlock: 100, untilBlock: 102 },
};

describe('a key', () => {
  test('goes to one feed', async () => {
    expect(await ledger.lease(lease)).toBe('leased');
    expect(await ledger.lease({ ...lease, holder: BTC })).toBe('taken');
  });

  test('of another operator, or on another chain, is another key', async () => {
    await ledger.lease(lease);
    expect(await ledger.lease({ ...lease, holder: BTC, operator: BTC })).toBe('leased');
    expect(await ledger.lease({ ...lease, holder: BTC, chainId: 5 })).toBe('leased');
  });

  test('stays with its feed for a newer round, and says no to an older one', async () => {
    await ledger.lease(lease);
    expect(await ledger.lease(lease)).toBe('leased');
    expect(await ledger.lease({ ...lease, round: 8 })).toBe('leased');
    expect(await ledger.lease(lease)).toBe('superseded');
  });

  test('is free once its last block has passed, not before', async () => {
    await ledger.lease(lease);
    expect(await ledger.lease({ ...lease, holder: BTC, headBlock: 101, untilBlock: 102 })).toBe('taken');
    expect(await ledger.lease({ ...lease, holder: BTC, headBlock: 102, untilBlock: 103 })).toBe('leased');
  });

  test('asked for by twenty feeds at once goes to one of them', async () => {
    const feeds = Array.from({ length: 20 }, (_, at) => `0x${String(at).padStart(40, '0')}`);
    const answers = await Promise.all(feeds.map((holder) => ledger.lease({ ...lease, holder })));
    expect(answers.filter((answer) => answer === 'leased')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'taken')).toHaveLength(19);
  });
});

describe("a day's budget", () => {
  const limits = { maxDailyGasCostWei: 100n, maxDailyLossWei: 100n };
  const noon = 1_760_097_600;
  const take = (wei: bigint, atSeconds = noon) => ledger.takeStake(stakeOf(1, atSeconds, wei), limits);

  test('is given out to the last wei and no further', async () => {
    expect(await take(60n)).toBe(true);
    expect(await take(41n)).toBe(false);
    expect(await take(40n)).toBe(true);
    expect(await take(1n)).toBe(false);
  });

  test('has no room for more than a whole day, on a fresh day too', async () => {
    expect(await take(101n)).toBe(false);
    expect(await take(100n)).toBe(true);
  });

  test('of losses counts apart from the one of gas', async () => {
    const tight = { maxDailyGasCostWei: 100n, maxDailyLossWei: 50n };
    expect(await ledger.takeStake(stakeOf(1, noon, 51n), tight)).toBe(false);
    expect(await ledger.takeStake(stakeOf(1, noon, 50n), tight)).toBe(true);
    expect(await ledger.takeStake(stakeOf(1, noon, 1n), tight)).toBe(false);
  });

  test('gets back what was not spent', async () => {
    await take(100n);
    await ledger.returnStake(stakeOf(1, noon, 100n), { gasWei: 30n, lossWei: 0n });
    expect(await take(71n)).toBe(false);
    expect(await take(70n)).toBe(true);
  });

  test('begins anew with the day, and is one for each chain', async () => {
    await take(100n);
    expect(await take(100n, noon + 86_400)).toBe(true);
    expect(await ledger.takeStake(stakeOf(5, noon, 100n), limits)).toBe(true);
  });

  test('is never overdrawn by fifty at once', async () => {
    const taken = await Promise.all(Array.from({ length: 50 }, () => take(7n)));
    expect(taken.filter(Boolean)).toHaveLength(14);
  });
});
