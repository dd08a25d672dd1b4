import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../lib/errors.ts';
import type { Skipped } from '../../lib/ledger/fact.ts';
import { keyOf } from '../../lib/ledger/key.ts';
import type { Expired } from '../../lib/ledger/outcome.ts';
import type { StoredRecord } from '../../lib/ledger/record.ts';
import { fromRecord, toRecord } from '../../lib/ledger/record.ts';
import { anyFact, anyPlanned } from '../support/ledger-facts.ts';

const expired: Expired = {
  state: 'expired',
  updateId: `0x${'ab'.repeat(32)}`,
  chainId: 1,
  updateAtSeconds: Date.UTC(2025, 9, 10, 21, 30, 5) / 1000,
  atMs: 1_760_131_900_000,
  ownTransactionHash: `0x${'cd'.repeat(32)}`,
};

const { ownTransactionHash: _, ...subject } = expired;
const skipped: Skipped = {
  ...subject,
  state: 'skipped',
  reason: 'unprofitable',
  protocol: 'aave-v3',
  borrower: `0x${'11'.repeat(20)}`,
  numbers: { profitWei: -5n, minProfitWei: 2n ** 200n, venue: '12' },
};

describe('a fact as a record', () => {
  test('every fact comes back as it was, through JSON too', () => {
    fc.assert(
      fc.property(anyFact, (fact) => {
        const stored: StoredRecord = JSON.parse(JSON.stringify(toRecord(fact)));
        expect(fromRecord(stored)).toEqual(fact);
      }),
      { numRuns: 500 },
    );
  });

  test('amounts are decimal strings, however large', () => {
    const stored = toRecord({ ...skipped, numbers: { max: 2n ** 256n - 1n } });
    expect(stored.numbers).toEqual({
      max: '115792089237316195423570985008687907853269984665640564039457584007913129639935',
    });
  });

  test('a word that looks like a number stays a word', () => {
    expect(fromRecord(toRecord(skipped))).toMatchObject({ numbers: { profitWei: -5n, venue: '12' } });
  });

  test('a fact that could not be read back is not written', () => {
    const wider = { ...skipped, surprise: 1 };
    expect(() => toRecord(wider)).toThrow(/not a skipped fact.*surprise/s);
    expect(() => toRecord({ ...expired, ownTransactionHash: 'soon' })).toThrow(StoreError);
  });

  test('only planned facts enter the index by target block', () => {
    fc.assert(
      fc.property(anyFact, (fact) => {
        const { chain, targetBlock } = toRecord(fact);
        const expected =
          fact.state === 'planned' ? [`${fact.chainId}`, fact.targetBlock] : [undefined, undefined];
        expect([chain, targetBlock]).toEqual(expected);
      }),
    );
  });
});

describe('keys', () => {
  test('a story is one partition, in order, and one run of its day', () => {
    expect(keyOf(expired)).toEqual({
      pk: `UPDATE#${expired.updateId}`,
      sk: `50#outcome#${expired.ownTransactionHash}`,
      day: '2025-10-10',
      at: `2025-10-10T21:30:05Z#${expired.updateId}#50#outcome#${expired.ownTransactionHash}`,
    });
  });

  test('a bundle has one outcome key, whatever the outcome', () => {
    const lost = { ...expired, state: 'lost', rivals: [] } as const;
    expect(keyOf(lost).sk).toBe(keyOf(expired).sk);
  });

  test('two skips of one borrower with other numbers are two facts, whatever the order of the numbers', () => {
    const { numbers } = skipped;
    const reordered = { ...skipped, numbers: Object.fromEntries(Object.entries(numbers).reverse()) };
    expect(keyOf(reordered)).toEqual(keyOf(skipped));
    expect(keyOf({ ...skipped, numbers: { ...numbers, profitWei: -6n } }).sk).not.toBe(keyOf(skipped).sk);
    expect(keyOf({ ...skipped, numbers: { ...numbers, profitWei: '-5' } }).sk).not.toBe(keyOf(skipped).sk);
  });
});

describe('versions', () => {
  const stored = toRecord(expired);

  test('a version of the future is refused', () => {
    expect(() => fromRecord({ ...stored, schemaVersion: 4 })).toThrow(StoreError);
    expect(() => fromRecord({ ...stored, schemaVersion: 4 })).toThrow(/version 4.*run the newer release/);
  });

  test('a row without a version is refused', () => {
    const { schemaVersion: _version, ...unversioned } = stored;
    expect(() => fromRecord(unversioned)).toThrow(/no schema version/);
    for (const schemaVersion of [0, -1, 1.5, '1']) {
      expect(() => fromRecord({ ...stored, schemaVersion })).toThrow(/no schema version/);
    }
  });

  test('an older row passes through every upgrade since, a current one through none', () => {
    const { ownTransactionHash, ...nameless } = stored;
    const upgrades = [
      ({ tx, ...rest }: StoredRecord): StoredRecord => ({ ...rest, hash: tx ?? '' }),
      ({ hash, ...rest }: StoredRecord): StoredRecord => ({ ...rest, ownTransactionHash: hash ?? '' }),
    ];
    const old = (fields: StoredRecord, schemaVersion: number) =>
      fromRecord({ ...nameless, ...fields, schemaVersion }, upgrades);
    const transactionHash = String(ownTransactionHash);
    expect(old({ tx: transactionHash }, 1)).toEqual(expired);
    expect(old({ hash: transactionHash }, 2)).toEqual(expired);
    expect(old({ ownTransactionHash: transactionHash }, 3)).toEqual(expired);
    expect(() => old({ ownTransactionHash: transactionHash }, 4)).toThrow(/version 4/);
  });

  test('a row that is not what it says is refused with its key and the wrong attribute', () => {
    const broken = { ...stored, ownTransactionHash: 'abc' };
    expect(() => fromRecord(broken)).toThrow(/UPDATE#0xabab.*50#outcome.*ownTransactionHash/s);
    expect(() => fromRecord({ ...stored, state: 'dreamt' })).toThrow(/unknown state "dreamt"/);
    expect(() => fromRecord({ ...stored, surprise: 1 })).toThrow(/surprise/);
  });

  test('an amount that is not an integer in decimal is refused', () => {
    const planned = toRecord(fc.sample(anyPlanned, { numRuns: 1, seed: 1 })[0] ?? skipped);
    for (const baseFeeWei of ['1.5', '0x10', '', ' 1', '01', '-0', 7]) {
      expect(() => fromRecord({ ...planned, baseFeeWei })).toThrow(StoreError);
    }
  });
});
