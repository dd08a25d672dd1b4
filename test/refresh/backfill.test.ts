import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoBackfillStore } from '../../lib/adapters/backfill-store.ts';
import { dynamoWatchlistStore } from '../../lib/adapters/watchlist-store.ts';
import { ChainError } from '../../lib/errors.ts';
import { readStoredAccounts } from '../../lib/market/stored-accounts.ts';
import type { BlockRange } from '../../lib/protocols/protocol.ts';
import { type BackfillDeps, missingPieces, progressOf } from '../../lib/refresh/backfill.ts';
import { workThrough } from '../../lib/refresh/backfill-batch.ts';
import { type BackfillWork, workFor } from '../../lib/refresh/backfill-work.ts';
import { cutRange, missingRanges } from '../../lib/refresh/ranges.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';
import { balancesOf, ToyChain, toyProtocol } from '../support/refresh/toy-protocol.ts';

let dynamo: LocalDynamo;
let tableName: string;

beforeAll(async () => {
  dynamo = await startDynamo();
  tableName = await dynamo.createTable();
});
afterAll(() => dynamo.stop());

const BLOCKS = 2_600;
const DEPLOYED = 40;

/** A history in which every fortieth block has a borrower of its own. */
function longChain(): ToyChain {
  const chain = new ToyChain();
  for (let block = 1n; block <= BLOCKS; block++)
    chain.mine(block % 40n === 0n ? { [`0x${block.toString().padStart(40, '0')}`]: block } : {});
  return chain;
}

let markets = 0;
function backfillOf(
  chain: ToyChain,
  onDiscover: (range: BlockRange) => void = () => undefined,
): BackfillDeps {
  const { source, storage } = toyProtocol(chain);
  const { protocol } = source;
  const options = { client: dynamo.client, tableName, nowMs: () => 0, timeoutMs: PATIENCE_MS };
  const market = `backfill ${markets++}`;
  return {
    source: {
      ...{ ...source, deployedAtBlock: DEPLOYED },
      protocol: {
        ...protocol,
        discover(asked, range) {
          onDiscover(range);
          return protocol.discover(asked, range);
        },
      },
    },
    ...{ storage, chain: chain.asChain() },
    store: dynamoWatchlistStore({ ...options, market }),
    ranges: dynamoBackfillStore({ ...options, market }),
  };
}

async function expectEverybody(chain: ToyChain, { store, storage }: BackfillDeps): Promise<void> {
  const stored = await readStoredAccounts(chain.asChain(), storage, store, chain.head);
  if (typeof stored === 'string') throw new Error(stored);
  expect(stored.block).toEqual({ number: chain.head.number, hash: chain.head.hash });
  const wanted = new Map([...chain.head.balances].filter(([, balance]) => balance >= BigInt(DEPLOYED)));
  expect(balancesOf(stored.accounts)).toEqual(wanted);
  expect(await store.accounts()).toHaveLength(wanted.size);
}

/** Works off a queue as SQS would, at least once, and out of order. */
async function workOff(
  deps: BackfillDeps,
  first: readonly BackfillWork[],
  most = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  let waiting = first.map((work) => JSON.stringify(work));
  const batch = { markets: new Map([[deps.source.address, deps]]), log: () => undefined };
  const queue = {
    async send(bodies: readonly string[]) {
      waiting.push(...bodies);
    },
  };
  for (let done = 0; waiting.length > 0 && done < most; done++) {
    const [body = '', ...rest] = waiting.toReversed();
    waiting = rest;
    const failed = await workThrough([{ messageId: 'one', body }], { ...batch, queue });
    if (failed.length > 0) waiting.unshift(body);
    // Delivered a second time.
    if (done % 3 === 0) await workThrough([{ messageId: 'again', body }], { ...batch, queue });
  }
  return waiting;
}

/** Pieces far smaller than a real backfill's. */
const inPieces = (work: readonly BackfillWork[], span: number): readonly BackfillWork[] =>
  work.flatMap((one): readonly BackfillWork[] =>
    one.do === 'fillRange' ? cutRange(one, span).map((range) => ({ ...one, ...range })) : [one],
  );

describe('a backfill', () => {
  test('finds everybody, whatever comes twice and in which order', async () => {
    const chain = longChain();
    const deps = backfillOf(chain);
    const until = BLOCKS - 64;
    expect(await workOff(deps, inPieces(await workFor(deps, until), 300))).toEqual([]);
    await expectEverybody(chain, deps);
  });

  test('goes on where it was killed: nothing is looked through twice', async () => {
    const chain = longChain();
    const asked: BlockRange[] = [];
    const deps = backfillOf(chain, (range) => asked.push(range));
    const until = BLOCKS - 64;
    const left = await workOff(deps, inPieces(await workFor(deps, until), 300), 4);
    expect(left.length).toBeGreaterThan(0);
    const before = await progressOf(deps, until);
    expect(before.blocksLeft).toBeGreaterThan(0);
    expect(before.blocksLeft).toBeLessThan(before.blocks);
    const looked = asked.splice(0).flatMap(({ fromBlock, toBlock }) => [fromBlock, toBlock]);
    // The queue is gone too: what is left follows from what was written down.
    expect(await workOff(deps, await workFor(deps, until))).toEqual([]);
    for (const { fromBlock, toBlock } of asked)
      expect(looked.some((block) => block >= fromBlock && block <= toBlock)).toBe(false);
    expect((await progressOf(deps, until)).blocksLeft).toBe(0);
    await expectEverybody(chain, deps);
  });

  test('cuts what a node cannot answer, down to what it can', async () => {
    const chain = longChain();
    const refused: number[] = [];
    const deps = backfillOf(chain, ({ fromBlock, toBlock }) => {
      if (toBlock - fromBlock < 700) return;
      refused.push(toBlock - fromBlock + 1);
      throw new ChainError('eth_getLogs failed: no full answer within 4000 ms.');
    });
    expect(await workOff(deps, await workFor(deps, BLOCKS - 64))).toEqual([]);
    expect(refused.length).toBeGreaterThan(1);
    await expectEverybody(chain, deps);
  });

  test('says which pieces failed, and only those', async () => {
    const chain = longChain();
    const deps = backfillOf(chain, ({ fromBlock }) => {
      if (fromBlock === 840) throw new ChainError('The node is down.');
    });
    const sent: string[] = [];
    const batch = {
      ...{ markets: new Map([[deps.source.address, deps]]), log: () => undefined },
      queue: { send: async (bodies: readonly string[]) => void sent.push(...bodies) },
    };
    const work = inPieces(await workFor(deps, 1_639), 400);
    const messages = work.map((one, at) => ({ messageId: `${at}`, body: JSON.stringify(one) }));
    const failed = await workThrough([...messages, { messageId: 'nonsense', body: '{' }], batch);
    expect(failed).toEqual(
      [messages.find(({ body }) => body.includes('"fromBlock":840'))?.messageId, 'nonsense'].filter(Boolean),
    );
    expect(sent).toEqual([]);
    expect(await missingPieces(deps, 1_639)).toEqual([{ fromBlock: 840, toBlock: 1_239 }]);
  });

  test('keeps a range of more borrowers than one row holds', async () => {
    const { ranges } = backfillOf(new ToyChain());
    const borrowers = Array.from({ length: 20_000 }, (_, at) => `0x${(at + 1).toString().padStart(40, '0')}`);
    await ranges.putRange({ fromBlock: 1, toBlock: 9, borrowers });
    await ranges.putRange({ fromBlock: 10, toBlock: 12, borrowers: [] });
    expect(await ranges.ranges()).toEqual([
      { fromBlock: 1, toBlock: 9, borrowers },
      { fromBlock: 10, toBlock: 12, borrowers: [] },
    ]);
  });
});

test('what is missing is what nobody covers', () => {
  const wanted = { fromBlock: 10, toBlock: 100 };
  const covered = [
    { fromBlock: 50, toBlock: 60 },
    { fromBlock: 5, toBlock: 12 },
    { fromBlock: 55, toBlock: 70 },
    { fromBlock: 90, toBlock: 200 },
  ];
  expect(missingRanges(wanted, covered)).toEqual([
    { fromBlock: 13, toBlock: 49 },
    { fromBlock: 71, toBlock: 89 },
  ]);
  expect(missingRanges(wanted, [])).toEqual([wanted]);
  expect(missingRanges(wanted, [{ fromBlock: 0, toBlock: 100 }])).toEqual([]);
});
