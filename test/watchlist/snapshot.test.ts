import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../lib/errors.ts';
import { AccountTableBuilder, entryAt } from '../../lib/watchlist/account-table.ts';
import { decodeSnapshot, encodeSnapshot } from '../../lib/watchlist/snapshot.ts';
import { watchlistOf } from '../../lib/watchlist/watchlist.ts';
import { address } from '../protocols/aave-v3/synthetic-pool.ts';

const holdings = fc.uniqueArray(
  fc.record({ slot: fc.integer({ min: 0, max: 255 }), amount: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }) }),
  { selector: ({ slot }) => slot, minLength: 1, maxLength: 7 },
);
const entries = fc
  .array(fc.record({ group: fc.integer({ min: 0, max: 255 }), holdings }), { maxLength: 60 })
  .map((all) => all.map((entry, index) => ({ address: address(0xacc000 + index * 7919), ...entry })));

const tableOf = (all: readonly Parameters<AccountTableBuilder['add']>[0][]) => {
  const builder = new AccountTableBuilder();
  for (const entry of all) builder.add(entry);
  return builder.build();
};

describe('a snapshot', () => {
  test('comes back as it was, whatever the chunks', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 200, max: 5_000 }), (all, maxBytes) => {
        const chunks = encodeSnapshot(tableOf(all), maxBytes);
        for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(maxBytes);
        const table = decodeSnapshot(chunks);
        expect(Array.from({ length: table.size }, (_, row) => entryAt(table, row))).toEqual(all);
      }),
    );
  });

  test('stays readable: bytes of version 1', () => {
    const one = { address: address(0xb0b), group: 2, holdings: [{ slot: 129, amount: 0x1234n }] };
    const [chunk] = encodeSnapshot(tableOf([one]), 1_000);
    expect(Buffer.from(chunk ?? []).toString('hex')).toBe(
      `01${'01000000'}${'01000000'}${'00'.repeat(18)}0b0b${'02'}${'01'}${'81'}${'02'}${'3412'}`,
    );
  });

  test('that is damaged is a fault, not other accounts', () => {
    const all = [{ address: address(1), group: 0, holdings: [{ slot: 1, amount: 5n }] }];
    const [chunk = new Uint8Array()] = encodeSnapshot(tableOf(all), 1_000);
    const newer = Uint8Array.from(chunk, (byte, index) => (index === 0 ? 2 : byte));
    for (const bytes of [chunk.slice(0, 4), chunk.slice(0, 20), chunk.slice(0, -1), newer]) {
      expect(() => decodeSnapshot([bytes])).toThrow(StoreError);
    }
  });
});

test('a watchlist with changes is the list made anew', () => {
  const change = fc.record({
    who: fc.integer({ min: 0, max: 900 }),
    group: fc.integer({ min: 0, max: 3 }),
    holdings,
  });
  const block = fc.array(
    fc.oneof(
      change,
      change.map((one) => ({ ...one, holdings: [] })),
    ),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(fc.array(block, { maxLength: 8 }), (blocks) => {
      const known = new Map<string, object>();
      let list = watchlistOf([]);
      for (const changes of blocks) {
        const changed = changes.map(({ who, ...entry }) => ({
          address: address(0xacc000 + who * 7919),
          ...entry,
        }));
        list = list.withChanges(changed);
        for (const entry of changed) {
          if (entry.holdings.length > 0) known.set(entry.address, entry);
          else known.delete(entry.address);
        }
      }
      const byAddress = (all: Iterable<{ address: string }>) =>
        new Map([...all].map((one) => [one.address, one]));
      expect(byAddress(list.entries())).toEqual(known);
      expect(list.size).toBe(known.size);
      const table = list.table();
      expect(table.size).toBe(known.size);
      for (const one of known.keys()) expect(list.entry(one)).toEqual(known.get(one));
      expect(list.entry(address(0xdead))).toBe(undefined);
    }),
    { numRuns: 40 },
  );
});
