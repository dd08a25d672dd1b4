import { getAddress, toBeHex } from 'ethers';
import { describe, expect, test } from 'vitest';
import {
  type AccountRecord,
  decodeRecords,
  encodeRecords,
  encodeTogether,
} from '../../lib/watchlist/records.ts';
import { Random } from '../support/fuzz/random.ts';

const ALICE = getAddress('0x00000000000000000000000000000000000a11ce');
/** 0x…000A11cE: digits 35 and 39 of the 40 are capitals. */
const CAPITALS = '0000000088';
const ID = `0x${'5a'.repeat(32)}`;
const TOKEN = getAddress(`0x${'c0'.repeat(20)}`);

const addressOf = (number: bigint) => getAddress(toBeHex(number, 20));

function randomRecords(random: Random, count: number): readonly AccountRecord[] {
  const keys = Array.from({ length: 40 }, (_, at) =>
    at % 2 === 0 ? toBeHex(at + 1, 32) : addressOf(BigInt(at)),
  );
  return Array.from({ length: count }, (_, row) => ({
    address: addressOf((BigInt(row) << 8n) + random.amount(1, 140)),
    entries: Array.from({ length: random.integer(0, 5) }, () => ({
      key: keys[random.integer(0, keys.length - 1)] ?? '',
      amounts: Array.from({ length: random.integer(0, 6) }, () =>
        random.pick([
          () => 0n,
          () => 2n ** 256n - 1n,
          () => random.amount(1, 256),
          () => random.amount(1, 60),
        ])(),
      ),
    })),
  }));
}

test('the bytes of one account, by hand', () => {
  const entries = [
    { key: ID, amounts: [0x0102n, 0n] },
    { key: TOKEN, amounts: [] },
    { key: ID, amounts: [255n] },
  ];
  const bytes = encodeTogether([{ address: ALICE, entries }]);
  const expected = [
    ...['02', '0200', '01000000'],
    ...[`20${'5a'.repeat(32)}`, `14${'c0'.repeat(20)}`],
    ...[ALICE.slice(2).toLowerCase(), CAPITALS, '0300'],
    ...['0000', '02', '020201', '00', '0100', '00', '0000', '01', '01ff'],
  ];
  expect(Buffer.from(bytes).toString('hex')).toBe(expected.join(''));
  expect(decodeRecords(bytes)).toEqual([{ address: ALICE, entries }]);
});

test('whatever was encoded is decoded, in chunks of any size', () => {
  const random = new Random(11);
  for (const count of [0, 1, 2, 50, 400]) {
    const records = randomRecords(random, count);
    expect(decodeRecords(encodeTogether(records))).toEqual(records);
    for (const maxBytes of [1_500, 5_000, 390_000]) {
      const chunks = encodeRecords(records, maxBytes);
      expect(chunks.flatMap(decodeRecords)).toEqual(records);
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(maxBytes);
    }
  }
  const [large] = randomRecords(random, 1);
  expect(
    encodeRecords(
      [large, large].flatMap((one) => one ?? []),
      10,
    ),
    'who is too large is alone',
  ).toHaveLength(2);
});

describe('bytes that are not whole are refused', () => {
  const random = new Random(12);
  const bytes = encodeTogether(randomRecords(random, 4));
  const refusal = /cannot be read.*Run the backfill again/;

  test('cut anywhere', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeRecords(bytes.subarray(0, length)), `${length}`).toThrow(refusal);
  });

  test('longer than they say, of another version, of a key that is not there', () => {
    expect(() => decodeRecords(Uint8Array.from([...bytes, 0]))).toThrow(/longer than it says/);
    expect(() => decodeRecords(Uint8Array.from([1, ...bytes.slice(1)]))).toThrow(/version 1, not 2/);
    const one = encodeTogether([{ address: ALICE, entries: [{ key: TOKEN, amounts: [] }] }]);
    const wrong = one.with(one.length - 3, 7);
    expect(() => decodeRecords(wrong)).toThrow(/an entry has no key/);
  });
});
