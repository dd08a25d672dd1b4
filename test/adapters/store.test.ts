import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { StoreError } from '../../lib/errors.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { keyOf } from '../../lib/ledger/key.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import type { LocalDynamo } from '../support/dynamodb.ts';
import { startDynamo } from '../support/dynamodb.ts';
import { anyFactOf } from '../support/ledger-facts.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const freshLedger = (): Promise<Ledger> => dynamo.freshLedger();

const samples = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] =>
  fc.sample(arbitrary, { numRuns, seed: 11 });

function sample<T>(arbitrary: fc.Arbitrary<T>): T {
  const [only] = samples(arbitrary, 1);
  if (only === undefined) throw new Error('fast-check gave no sample');
  return only;
}

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const appendAll = (ledger: Ledger, facts: readonly Fact[]) =>
  Promise.all(facts.map((fact) => ledger.append(fact)));

describe('facts', () => {
  test('of fifty claims at once exactly one wins, and its content stays', async () => {
    const ledger = await freshLedger();
    const claimed = sample(anyFactOf.claimed);
    const claims = Array.from({ length: 50 }, (_, index) => ({ ...claimed, atMs: index }));
    const answers = await Promise.all(claims.map((claim) => ledger.claim(claim)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await ledger.factsOfUpdate(claimed.updateId)).toEqual([claims[answers.indexOf(true)]]);
  });

  test('every kind of fact comes back from the table as it was', async () => {
    const ledger = await freshLedger();
    const facts = Object.values(anyFactOf)
      .flatMap((arbitrary) => samples<Fact>(arbitrary, 10))
      .map((fact, index) => ({ ...fact, updateId: `0x${index.toString(16).padStart(64, '0')}` }));
    expect(await appendAll(ledger, facts)).not.toContain(false);
    for (const fact of facts) expect(await ledger.factsOfUpdate(fact.updateId)).toEqual([fact]);
  });

  test('amounts above 2^128 are exact', async () => {
    const ledger = await freshLedger();
    const max = 2n ** 256n - 1n;
    const fact = { ...sample(anyFactOf.included), grossProfitWei: max, netProfitWei: -max };
    await ledger.append(fact);
    expect(await ledger.factsOfUpdate(fact.updateId)).toEqual([fact]);
  });

  test('a fact is written once: the second time changes nothing', async () => {
    const ledger = await freshLedger();
    const planned = sample(anyFactOf.planned);
    expect(await ledger.append(planned)).toBe(true);
    expect(await ledger.append({ ...planned, nonce: planned.nonce + 1 })).toBe(false);
    expect(await ledger.factsOfUpdate(planned.updateId)).toEqual([planned]);
  });

  test('a bundle has one outcome, whoever is first to tell it', async () => {
    const ledger = await freshLedger();
    const expired = sample(anyFactOf.expired);
    expect(await ledger.append(expired)).toBe(true);
    expect(await ledger.append({ ...expired, state: 'lost', rivals: [] })).toBe(false);
    expect(await ledger.factsOfUpdate(expired.updateId)).toEqual([expired]);
  });

  test('a story is read in the order of its states', async () => {
    const ledger = await freshLedger();
    const updateId = `0x${'5a'.repeat(32)}`;
    const { claimed, skipped, planned, simulated, sent, expired } = anyFactOf;
    const story = [claimed, skipped, planned, simulated, sent, expired].map((arbitrary) => ({
      ...sample<Fact>(arbitrary),
      updateId,
    }));
    await appendAll(ledger, [...story].reverse());
    expect(await ledger.factsOfUpdate(updateId)).toEqual(story);
  });

  test('a fact too large for a row is refused with what to do', async () => {
    const ledger = await freshLedger();
    const detail = 'x'.repeat(500_000);
    const refused = ledger.append({
      ...sampleSubject(),
      state: 'simulated',
      ok: false,
      reason: 'simulationReverted',
      detail,
    });
    await expect(refused).rejects.toThrow(StoreError);
    await expect(refused).rejects.toThrow(/Nothing was written: a row holds 400 KB. Put fewer plans/);
  });

  test('a table that does not exist is named, with what to check', async () => {
    const ledger = dynamoLedger({ tableName: 'no-such-table', client: dynamo.client });
    const read = ledger.factsOfUpdate('0x01');
    await expect(read).rejects.toThrow(StoreError);
    await expect(read).rejects.toThrow(/no-such-table.*check the table name, the region and the endpoint/s);
  });
});

describe('facts by day', () => {
  const midnight = Date.UTC(2025, 9, 11) / 1000;
  const expiredAt = (updateAtSeconds: number, index: number) => ({
    ...sample(anyFactOf.expired),
    updateAtSeconds,
    updateId: `0x${index.toString(16).padStart(64, '0')}`,
  });

  test('a range takes what is in it, across days, in order; its end is outside', async () => {
    const ledger = await freshLedger();
    const seconds = [-86_401, -86_400, -1, 0, 1, 86_399, 86_400, 86_401];
    const facts = seconds.map((offset, index) => expiredAt(midnight + offset, index));
    await appendAll(ledger, facts);
    const inRange = (from: number, to: number) =>
      collect(ledger.factsByDay({ fromSeconds: midnight + from, toSeconds: midnight + to }));
    expect(await inRange(-86_401, 86_402)).toEqual(facts);
    expect(await inRange(-86_400, 86_401)).toEqual(facts.slice(1, 7));
    expect(await inRange(0, 1)).toEqual(facts.slice(3, 4));
    expect(await inRange(1, 86_400)).toEqual(facts.slice(4, 6));
    expect(await inRange(5, 5)).toEqual([]);
  });

  test('the facts of one update stay together', async () => {
    const ledger = await freshLedger();
    const ids = ['0x0a', '0x0b'];
    const facts = ids.flatMap((updateId) =>
      [anyFactOf.claimed, anyFactOf.planned, anyFactOf.expired].map((arbitrary) => ({
        ...sample<Fact>(arbitrary),
        updateAtSeconds: midnight,
        updateId,
      })),
    );
    await appendAll(
      ledger,
      [...facts].sort((a, b) => keyOf(a).sk.localeCompare(keyOf(b).sk)),
    );
    const range = { fromSeconds: midnight, toSeconds: midnight + 1 };
    expect(await collect(ledger.factsByDay(range))).toEqual(facts);
  });

  test('a day larger than one answer of DynamoDB comes in several pages, complete', async () => {
    const ledger = await freshLedger();
    const detail = 'x'.repeat(300_000);
    const facts = Array.from({ length: 8 }, (_, index) => ({
      ...sampleSubject(),
      updateAtSeconds: midnight + index,
      updateId: `0x${index.toString(16).padStart(64, '0')}`,
      state: 'simulated' as const,
      ok: false as const,
      reason: 'simulationReverted' as const,
      detail,
    }));
    await appendAll(ledger, facts);
    const pages: (readonly Fact[])[] = [];
    const range = { fromSeconds: midnight, toSeconds: midnight + 100 };
    for await (const page of ledger.factsByDay(range)) pages.push(page);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toEqual(facts);
  });
});

describe('bundles by target block', () => {
  test('both ends belong to the range, in ascending order, of one chain', async () => {
    const ledger = await freshLedger();
    const planned = (targetBlock: number, chainId: number) => ({
      ...sample(anyFactOf.planned),
      chainId,
      targetBlock,
      updateId: `0x${chainId}${targetBlock}`,
    });
    const facts = [9, 10, 11, 100].map((block) => planned(block, 31337));
    await appendAll(ledger, [...facts, planned(10, 1), sample(anyFactOf.sent)].reverse());
    const blocks = async (from: number, to: number) =>
      (await collect(ledger.plannedSince(31337, from, to))).map(({ targetBlock }) => targetBlock);
    expect(await collect(ledger.plannedSince(31337, 0, 1_000))).toEqual(facts);
    expect(await blocks(10, 11)).toEqual([10, 11]);
    expect(await blocks(12, 99)).toEqual([]);
  });
});

describe('the settlement cursor', () => {
  test('starts nowhere, never moves back, and is one per chain', async () => {
    const ledger = await freshLedger();
    expect(await ledger.settleCursor(1)).toBeUndefined();
    expect(await ledger.advanceSettleCursor(1, 100)).toBe(true);
    expect(await ledger.advanceSettleCursor(1, 99)).toBe(false);
    expect(await ledger.advanceSettleCursor(1, 100)).toBe(false);
    expect(await ledger.advanceSettleCursor(1, 101)).toBe(true);
    expect(await ledger.settleCursor(1)).toBe(101);
    expect(await ledger.settleCursor(2)).toBeUndefined();
  });

  test('of many concurrent advances the furthest stays', async () => {
    const ledger = await freshLedger();
    const blocks = Array.from({ length: 30 }, (_, index) => ((index * 7) % 30) + 1);
    await Promise.all(blocks.map((block) => ledger.advanceSettleCursor(1, block)));
    expect(await ledger.settleCursor(1)).toBe(30);
  });
});

/** What every fact about a bundle says. */
function sampleSubject() {
  const { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash } = sample(anyFactOf.expired);
  return { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash };
}
