import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoWatchlistStore } from '../../lib/adapters/watchlist-store.ts';
import { readStoredAccounts } from '../../lib/market/stored-accounts.ts';
import { driftCheckOf } from '../../lib/refresh/drift-check.ts';
import { type KeepAnswer, keeperOf } from '../../lib/refresh/keeper.ts';
import type { BlockName, WatchlistStore } from '../../lib/watchlist-store.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';
import { LOST, type Loss, loseCalls } from '../support/lossy-dynamo.ts';
import { balancesOf, ToyChain, toyProtocol } from '../support/refresh/toy-protocol.ts';

let dynamo: LocalDynamo;
let tableName: string;

beforeAll(async () => {
  dynamo = await startDynamo();
  tableName = await dynamo.createTable();
});
afterAll(() => dynamo.stop());

let markets = 0;
/** Of a market of its own. */
const freshStore = (): { readonly store: WatchlistStore; readonly market: string } => {
  const market = `market ${markets++}`;
  const options = { client: dynamo.client, tableName, nowMs: () => 0, timeoutMs: PATIENCE_MS };
  return { store: dynamoWatchlistStore({ ...options, market }), market };
};

const keeperFor = (chain: ToyChain, store: WatchlistStore) => {
  const { source, storage } = toyProtocol(chain);
  return keeperOf({ source, storage, chain: chain.asChain(), store });
};

/** What the store says of the block that it names is what the chain says of it, account by account. */
async function expectTruth(chain: ToyChain, store: WatchlistStore): Promise<BlockName | undefined> {
  const stored = await readStoredAccounts(chain.asChain(), toyProtocol(chain).storage, store, chain.head);
  if (stored === 'neverStored') return undefined;
  if (typeof stored === 'string') throw new Error(`Nothing stored is of use: ${stored}.`);
  expect(balancesOf(stored.accounts)).toEqual(owed(chain, stored.block.number));
  return stored.block;
}

const owed = (chain: ToyChain, block: number) =>
  new Map([...chain.blockAt(block).balances].filter(([, balance]) => balance > 0n));

async function expectRows(chain: ToyChain, store: WatchlistStore): Promise<void> {
  const { storage } = toyProtocol(chain);
  const rows = (await store.accounts()).flatMap(({ bytes }) => [
    ...balancesOf(storage.thaw({ blockNumber: 0, chunks: [bytes], deltas: [] })),
  ]);
  expect(new Map(rows)).toEqual(owed(chain, chain.head.number));
}

const A = '0xaaaa';
const B = '0xbbbb';
const C = '0xcccc';

/** A chain that grows, turns back across what was stored, and grows again; each step is a head to keep. */
function* history(chain: ToyChain): Generator<BlockName> {
  yield chain.mine({ [A]: 10n, [B]: 20n });
  yield chain.mine({ [A]: 0n, [C]: 5n });
  chain.turnBack(1);
  yield chain.mine({ [C]: 7n });
  yield chain.mine({});
  yield chain.mine({ [A]: 11n });
}

describe('cursor and change are stored together or not at all', () => {
  /** @returns how many calls the whole history makes of the store */
  async function play(lossOf: (call: number) => Loss): Promise<number> {
    const chain = new ToyChain();
    const { store } = freshStore();
    const stop = loseCalls(dynamo.client, lossOf);
    let keeper = keeperFor(chain, store);
    let calls = 0;
    let isHealed = false;
    for (const head of history(chain)) {
      for (let answer: KeepAnswer['kept'] | 'lost' = 'lost'; answer !== 'stored'; ) {
        answer = await keeper.keep(head).then(
          ({ kept }) => kept,
          (error: unknown) => {
            expect(String(error)).toContain(LOST);
            return 'lost' as const;
          },
        );
        if (answer === 'lost') {
          calls = stop();
          isHealed = true;
          await expectTruth(chain, store);
          // The process is gone with what it knew.
          keeper = keeperFor(chain, store);
        }
      }
    }
    calls = isHealed ? calls : stop();
    expect(await expectTruth(chain, store)).toEqual({ number: chain.head.number, hash: chain.head.hash });
    await expectRows(chain, store);
    return calls;
  }

  test('whichever call of the store is lost, before or after it was heard', async () => {
    const calls = await play(() => undefined);
    expect(calls).toBeGreaterThan(20);
    for (let lost = 1; lost <= calls; lost++) {
      for (const loss of ['before', 'after'] as const)
        await play((call) => (call === lost ? loss : undefined));
    }
  });
});

test('two at once: one is overtaken, begins anew, and nothing is lost', async () => {
  const chain = new ToyChain();
  const { store } = freshStore();
  const [one, other] = [keeperFor(chain, store), keeperFor(chain, store)];
  const first = chain.mine({ [A]: 1n });
  expect((await one.keep(first)).kept).toBe('stored');
  expect((await other.keep(first)).kept).toBe('stored');
  const second = chain.mine({ [A]: 2n, [B]: 3n });
  expect((await one.keep(second)).kept).toBe('overtaken');
  expect((await one.keep(second)).kept).toBe('stored');
  await expectTruth(chain, store);
  await expectRows(chain, store);
});

test('a chain that turned back while nobody looked is followed from the common ancestor', async () => {
  const chain = new ToyChain();
  const { store } = freshStore();
  const read = { inFull: 0 };
  const keeper = () => {
    const { source, storage } = toyProtocol(chain, read);
    return keeperOf({ source, storage, chain: chain.asChain(), store });
  };
  const warm = keeper();
  for (let block = 1n; block < 9n; block++)
    await warm.keep(chain.mine({ [A]: block, [`0xd${block}`]: block }));
  chain.turnBack(5);
  const head = chain.mine({ [B]: 4n });
  expect(read.inFull).toBe(1);
  expect((await keeper().keep(head)).kept).toBe('stored');
  expect(read.inFull, 'known accounts were not read again').toBe(1);
  expect(await expectTruth(chain, store)).toEqual(head);
  await expectRows(chain, store);
});

test('many changes are gathered in a new snapshot; older heads can still be gone back to', async () => {
  const chain = new ToyChain();
  const { store } = freshStore();
  const keeper = keeperFor(chain, store);
  const snapshots = new Set<number>();
  for (let block = 0; block < 40; block++) {
    const changes = Array.from({ length: 12 }, (_, at) => [
      `0x${at}-${block % 7}-${'e'.repeat(900)}`,
      BigInt(block),
    ]);
    await keeper.keep(chain.mine(Object.fromEntries(changes)));
    snapshots.add((await store.head())?.snapshot.block.number ?? 0);
  }
  expect(snapshots.size).toBeGreaterThan(1);
  await expectTruth(chain, store);
  chain.turnBack(6);
  expect((await keeper.keep(chain.mine({ [A]: 3n }))).kept).toBe('stored');
  expect(await expectTruth(chain, store)).toMatchObject({ number: 35 });
  await expectRows(chain, store);
});

test('a snapshot that is damaged is made again from the accounts’ own rows', async () => {
  const chain = new ToyChain();
  const { store, market } = freshStore();
  for (const head of history(chain)) await keeperFor(chain, store).keep(head);
  const { snapshot } = (await store.head()) ?? {};
  const key = {
    pk: { S: `watchlist#${market}#chunk#0` },
    sk: { S: `${snapshot?.block.number}#${snapshot?.block.hash}` },
  };
  await dynamo.client.send(new DeleteItemCommand({ TableName: tableName, Key: key }));
  const head = chain.mine({ [B]: 99n });
  expect((await keeperFor(chain, store).keep(head)).kept).toBe('stored');
  expect(await expectTruth(chain, store)).toEqual(head);
  await expectRows(chain, store);
  expect(await store.incidents(5)).toMatchObject([{ kind: 'readInFull', details: { why: 'damaged' } }]);
});

test('a long history that was never stored is left to a backfill', async () => {
  const { store } = freshStore();
  const chain = new ToyChain();
  const { source, storage } = toyProtocol(chain);
  const deps = { source, storage, chain: chain.asChain(), store };
  const answer = await keeperOf(deps).keep({ number: 60_000, hash: '0x1' });
  expect(answer.kept).toBe('needsBackfill');
});

describe('an account that is not what its protocol says', () => {
  test('is recorded with both values and read again; twice, it is quarantined until it has been right for long', async () => {
    const chain = new ToyChain();
    const { store } = freshStore();
    const { source, storage } = toyProtocol(chain);
    const counted: number[] = [];
    const onDrift = (accounts: number) => counted.push(accounts);
    const deps = { source, storage, chain: chain.asChain(), store };
    const keeper = () => keeperOf({ ...deps, readChecked: driftCheckOf({ ...deps, onDrift }) });
    let current = keeper();
    await current.keep(chain.mine({ [A]: 10n, [B]: 20n }));
    expect(counted).toEqual([]);

    // The node says nothing of what happens to A.
    chain.silent.add(A);
    await current.keep(chain.mine({ [A]: 15n }));
    expect(counted).toEqual([1]);
    expect(await store.incidents(5)).toEqual([
      { kind: 'drift', blockNumber: 2, subject: A, details: { balance: '10 in the book, 15 on the chain' } },
    ]);
    await expectTruth(chain, store);
    await expectRows(chain, store);
    expect((await store.head())?.quarantined).toEqual([]);

    // Another process notices it the second time.
    current = keeper();
    await current.keep(chain.mine({ [A]: 16n }));
    expect((await store.head())?.quarantined).toEqual([{ borrower: A, sinceBlock: 3 }]);
    expect((await store.incidents(1))[0]?.kind).toBe('quarantined');
    await expectTruth(chain, store);

    for (let block = 0; block < 99; block++) await current.keep(chain.mine({}));
    expect((await store.head())?.quarantined).toHaveLength(1);
    await current.keep(chain.mine({}));
    expect((await store.head())?.quarantined).toEqual([]);
    expect((await store.incidents(1))[0]?.kind).toBe('released');
  });

  test('and is not understood even when it was read again, is quarantined at once', async () => {
    const chain = new ToyChain();
    const { store } = freshStore();
    const { source, storage } = toyProtocol(chain);
    const deaf = {
      ...storage,
      readAgain: async (_: unknown, book: Parameters<typeof storage.readAgain>[1]) => book,
    };
    const deps = { source, storage: deaf, chain: chain.asChain(), store };
    const keeper = keeperOf({ ...deps, readChecked: driftCheckOf({ ...deps, onDrift: () => undefined }) });
    await keeper.keep(chain.mine({ [A]: 10n }));
    chain.silent.add(A);
    await keeper.keep(chain.mine({ [A]: 11n }));
    expect((await store.head())?.quarantined).toEqual([{ borrower: A, sinceBlock: 2 }]);
  });
});
