import { zeroPadValue } from 'ethers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Chain } from '../../../lib/chain.ts';
import type { Address } from '../../../lib/hex.ts';
import { readStoredAccounts } from '../../../lib/market/stored-accounts.ts';
import type { Book } from '../../../lib/protocols/book.ts';
import type { BookStorage, FrozenAccounts } from '../../../lib/protocols/book-storage.ts';
import { bookOf, isMorphoBook, type MorphoBook } from '../../../lib/protocols/morpho-blue/book.ts';
import { morphoBlue } from '../../../lib/protocols/morpho-blue/index.ts';
import type { MarketParams } from '../../../lib/protocols/morpho-blue/state.ts';
import type { Protocol } from '../../../lib/protocols/protocol.ts';
import { encodeTogether } from '../../../lib/watchlist/records.ts';
import type { Delta, SnapshotName, WatchlistHead, WatchlistStore } from '../../../lib/watchlist-store.ts';
import type { Step } from '../../support/fuzz/mined.ts';
import { type FuzzMorpho, startFuzzMorpho } from '../../support/fuzz/morpho-blue/market.ts';
import { play } from '../../support/fuzz/morpho-blue/play.ts';
import { stepsOf } from '../../support/fuzz/morpho-blue/steps.ts';

const WAD = 10n ** 18n;
const PRICE = 2_000n * 10n ** 36n;

let morpho: FuzzMorpho;
let steps: ReturnType<typeof stepsOf>;
let [alice, bob, carol]: readonly Address[] = [];
let one: MarketParams;
let other: MarketParams;
let clean: unknown;

beforeAll(async () => {
  morpho = await startFuzzMorpho();
  steps = stepsOf(morpho);
  [alice, bob, carol] = morpho.borrowers;
  const { loanToken, collateralToken, irm, oracles } = morpho;
  const market = (oracle = '') => ({ loanToken, collateralToken, oracle, irm, lltv: 860_000000000000000n });
  [one, other] = [market(oracles[0]), market(oracles[1])];
  const open = [one, other].flatMap((params) => [
    ...[steps.create(params), steps.setPrice(params, PRICE), steps.supply(params, 10n ** 24n)],
  ]);
  await mine(...open);
  await mine(
    ...[...borrowing(alice, one, 1_000n), ...borrowing(bob, one, 500n), ...borrowing(bob, other, 300n)],
    steps.createPreLiquidation(one, terms()),
  );
});
afterAll(() => morpho.stop());
beforeEach(async () => {
  if (clean !== undefined) await morpho.anvil.rpc('evm_revert', [clean]);
  clean = await morpho.anvil.rpc('evm_snapshot');
});

const mine = (...all: readonly Step[]) => play(morpho, all, 12, 0);
const terms = () => ({
  ...{ preLltv: (8n * WAD) / 10n, preLCF1: WAD / 10n, preLCF2: WAD / 2n },
  ...{ preLIF1: WAD + 1n, preLIF2: WAD + 2n, preLiquidationOracle: one.oracle },
});

/** A collateral that carries it, and the debt. */
const borrowing = (who: Address | undefined, params: MarketParams, debt: bigint) => [
  ...[steps.supplyCollateral(who ?? '', params, debt * WAD), steps.borrow(who ?? '', params, debt * WAD)],
];

/** A process of its own: what another has learnt it does not know. */
function protocol(): Protocol & { readonly storage: BookStorage } {
  const { morpho: address, preLiquidationFactory } = morpho;
  const { storage, ...rest } = morphoBlue({ morpho: address, preLiquidationFactory, deployedAtBlock: 0 });
  if (storage === undefined) throw new Error('Morpho Blue can be stored.');
  return { ...rest, storage };
}

async function book(): Promise<MorphoBook> {
  const { number } = await morpho.chain.head();
  return asMorpho(await protocol().read(morpho.chain, morpho.borrowers, number));
}

function asMorpho(found: Book | undefined): MorphoBook {
  if (found !== undefined && isMorphoBook(found)) return found;
  throw new Error('It is no book of Morpho Blue.');
}

const owed = ({ snapshot }: MorphoBook) =>
  new Map(snapshot.markets.map(({ id, positions }) => [id, positions]));

const contractOf = async () => (await book()).snapshot.owing.contracts[0]?.address ?? '';

/** The same node, of whose logs these are left out. */
const silent = (isHidden: (topic: string) => boolean): Chain => ({
  ...morpho.chain,
  chainId: morpho.chain.chainId,
  head: (block) => morpho.chain.head(block),
  readAll: (reads, block) => morpho.chain.readAll(reads, block),
  tryReadAll: (reads, block) => morpho.chain.tryReadAll(reads, block),
  logs: async (filter) =>
    (await morpho.chain.logs(filter)).filter(({ topics }) => !isHidden(topics[0] ?? '')),
});

test('a cold process that begins with what is stored asks for no log before it, and knows what a full reading finds', async () => {
  const { storage } = protocol();
  const before = await book();
  const chunks = storage.freeze(before, 390_000) ?? [];
  await mine(
    ...borrowing(carol, other, 70n),
    steps.repayShares(bob ?? '', one, 500n * WAD * 10n ** 6n),
    steps.authorize(alice ?? '', await contractOf(), true),
  );
  const after = await book();
  const changed = storage.changedAccounts(before, after);
  expect([...changed].sort()).toEqual([alice, bob, carol].sort());
  const delta = storage.freezeAccounts(after, changed);
  expect([...storage.addressesIn(delta)].sort()).toEqual([alice, bob, carol].sort());

  const cold = protocol();
  const frozen: FrozenAccounts = { blockNumber: after.blockNumber, chunks, deltas: [delta] };
  const thawed = cold.storage.thaw(frozen);
  expect([...cold.storage.addresses(thawed)].sort()).toEqual([alice, bob, carol].sort());
  expect(cold.storage.changedAccounts(thawed, after)).toEqual([]);
  await mine(steps.borrow(carol ?? '', other, WAD));
  const asked: number[] = [];
  const watched: Chain = {
    ...silent(() => false),
    logs: (filter) => {
      if ([filter.address].flat().includes(morpho.morpho)) asked.push(filter.fromBlock);
      return morpho.chain.logs(filter);
    },
  };
  const { number } = await morpho.chain.head();
  const next = asMorpho(await cold.storage.readNext(watched, thawed, number));
  expect(asked).toEqual([after.blockNumber + 1]);
  const anew = await book();
  expect(owed(next)).toEqual(owed(anew));
  expect(next.snapshot.markets.map(({ preLiquidations }) => preLiquidations[0]?.consenting)).toEqual(
    expect.arrayContaining([new Set([alice]), undefined]),
  );
  expect(storage.sample(next, 4, 2)).toHaveLength(2);
});

test('a contract that was made since, and who had foretold it, are known', async () => {
  const { storage, readNext } = protocol();
  const before = await book();
  await mine(steps.createPreLiquidation(other, terms()));
  const second = (await book()).snapshot.owing.contracts[1]?.address ?? '';
  await morpho.anvil.rpc('evm_revert', [clean]);
  clean = await morpho.anvil.rpc('evm_snapshot');
  await mine(steps.authorize(bob ?? '', second, true));
  const foretold = asMorpho(await readNext?.(morpho.chain, before, (await morpho.chain.head()).number));
  expect(storage.changedAccounts(before, foretold)).toEqual([]);
  await mine(steps.createPreLiquidation(other, terms()));
  const made = asMorpho(await readNext?.(morpho.chain, foretold, (await morpho.chain.head()).number));
  expect([...storage.changedAccounts(foretold, made)].sort()).toEqual([bob, second].sort());
  expect(made.snapshot.owing.consents).toEqual(new Map([[second, new Set([bob])]]));
  expect(storage.changedAccounts(made, await book())).toEqual([]);
});

test('a full reading of a chain that turned back, or of an older block, knows the contracts of then', async () => {
  const { read } = protocol();
  const termsFrom = (preLltv: bigint) => ({ ...terms(), preLltv });
  const contracts = async (block?: number) => {
    const number = block ?? (await morpho.chain.head()).number;
    const found = asMorpho(await read(morpho.chain, morpho.borrowers, number));
    return found.snapshot.owing.contracts.map(({ params }) => params);
  };
  await mine(steps.createPreLiquidation(other, termsFrom(1n)));
  await mine();
  expect(await contracts()).toEqual([terms(), termsFrom(1n)]);
  await morpho.anvil.rpc('evm_revert', [clean]);
  clean = await morpho.anvil.rpc('evm_snapshot');
  await mine(steps.createPreLiquidation(other, termsFrom(2n)));
  expect(await contracts()).toEqual([terms(), termsFrom(2n)]);
  const { number } = await morpho.chain.head();
  await mine(steps.createPreLiquidation(other, termsFrom(3n)));
  await morpho.anvil.rpc('anvil_mine', ['0x258']);
  expect(await contracts()).toEqual([terms(), termsFrom(2n), termsFrom(3n)]);
  expect(await contracts(number)).toEqual([terms(), termsFrom(2n)]);
  expect(await contracts()).toEqual([terms(), termsFrom(2n), termsFrom(3n)]);
});

test('a loan or a repayment that the node keeps silent about is found by the market’s sum', async () => {
  const { readNext, storage } = protocol();
  const before = await book();
  await mine(steps.borrow(alice ?? '', one, WAD));
  const { number } = await morpho.chain.head();
  expect(
    await readNext?.(
      silent(() => true),
      before,
      number,
    ),
  ).toBe(undefined);
  const thawed = storage.thaw({
    blockNumber: before.blockNumber,
    chunks: storage.freeze(before, 1e6) ?? [],
    deltas: [],
  });
  expect(
    await storage.readNext(
      silent(() => true),
      thawed,
      number,
    ),
  ).toBe(undefined);
  expect(owed(asMorpho(await readNext?.(morpho.chain, before, number)))).toEqual(owed(await book()));
});

test('collateral and consent that it keeps silent about are found by asking Morpho, and put right', async () => {
  const { readNext, storage } = protocol();
  const before = await book();
  const contract = await contractOf();
  const [, positions] = [...before.snapshot.owing.positions][0] ?? [];
  const held = positions?.get(alice ?? '')?.collateral ?? 0n;
  await mine(steps.withdrawCollateral(alice ?? '', one, WAD), steps.authorize(alice ?? '', contract, true));
  const { number } = await morpho.chain.head();
  const deaf = asMorpho(
    await readNext?.(
      silent(() => true),
      before,
      number,
    ),
  );
  expect(storage.changedAccounts(before, deaf)).toEqual([]);
  const [id] = [...before.snapshot.owing.positions.keys()];
  expect(await storage.readDrift(morpho.chain, deaf, storage.sample(deaf, 0, 9))).toEqual([
    { borrower: alice, field: `collateral ${id}`, inBook: held, onChain: held - WAD },
    { borrower: alice, field: `isAuthorized ${contract}`, inBook: 0n, onChain: 1n },
  ]);
  const repaired = asMorpho(await storage.readAgain(morpho.chain, deaf, [alice ?? '']));
  expect(await storage.readDrift(morpho.chain, repaired, storage.sample(deaf, 0, 9))).toEqual([]);
  expect(storage.changedAccounts(repaired, await book())).toEqual([]);
});

test('a borrower of whom nobody told is found in a full reading, since his market says that he owes', async () => {
  const { read } = protocol();
  const { number } = await morpho.chain.head();
  const whole = asMorpho(await read(morpho.chain, [alice ?? ''], number));
  const inOne = (found: MorphoBook) =>
    found.snapshot.markets.find(({ params }) => params.oracle === one.oracle)?.positions;
  expect(inOne(whole)).toEqual(inOne(await book()));
  expect(whole.snapshot.unaccounted).toEqual(new Map());
  // Where the node keeps silent about him still, it is known how much is owed by nobody.
  const silentOfBob: Chain = {
    ...silent(() => false),
    logs: async (filter) =>
      (await morpho.chain.logs(filter)).filter(({ topics }) => !topics.includes(zeroPadValue(bob ?? '', 32))),
  };
  const deaf = asMorpho(await protocol().read(silentOfBob, [alice ?? ''], number));
  expect([...deaf.snapshot.unaccounted.values()]).toEqual([500n * WAD * 10n ** 6n]);
});

test('who is not in the book at all is found where shares are owed by nobody', async () => {
  const { storage } = protocol();
  const { snapshot } = await book();
  const [[id = '', borrowers] = []] = snapshot.owing.positions;
  const shares = 500n * WAD * 10n ** 6n;
  const without = new Map([...(borrowers ?? [])].filter(([who]) => who !== bob));
  const positions = new Map(snapshot.owing.positions).set(id, without);
  const partly = bookOf({
    ...{ ...snapshot, owing: { ...snapshot.owing, positions } },
    unaccounted: new Map([[id, shares]]),
  });
  expect(await storage.readDrift(morpho.chain, partly, [bob ?? ''])).toEqual([
    { borrower: bob, field: `borrowShares ${id}`, inBook: 0n, onChain: shares },
    { borrower: bob, field: `collateral ${id}`, inBook: 0n, onChain: 500n * WAD },
  ]);
  const repaired = asMorpho(await storage.readAgain(morpho.chain, partly, [bob ?? '']));
  expect(repaired.snapshot.unaccounted).toEqual(new Map());
  expect(storage.changedAccounts(repaired, await book())).toEqual([]);
});

test('what belongs to another Morpho, or another factory, is not followed', async () => {
  const { storage } = protocol();
  const found = await book();
  const without = morphoBlue({ morpho: morpho.morpho, deployedAtBlock: 0 });
  const { number } = await morpho.chain.head();
  const blind = await without.read(morpho.chain, morpho.borrowers, number);
  const chunks = without.storage?.freeze(blind, 1e6) ?? [];
  const thawed = storage.thaw({ blockNumber: number, chunks, deltas: [] });
  expect(storage.isSameMarket(thawed, found)).toBe(false);
  expect(await storage.readNext(morpho.chain, thawed, number)).toBe(undefined);
  expect(storage.isSameMarket(found, found)).toBe(true);
});

test('bytes that are damaged are told to be, and nothing is made of them', async () => {
  const { storage } = protocol();
  const found = await book();
  const [name = new Uint8Array(), ...chunks] = storage.freeze(found, 130) ?? [];
  expect(chunks.length).toBeGreaterThan(1);
  const strange = encodeTogether([
    { address: alice ?? '', entries: [{ key: morpho.morpho, amounts: [1n] }] },
  ]);
  const [head, block] = [await morpho.chain.head(), { number: found.blockNumber, hash: '' }];
  const stored = (pieces: readonly Uint8Array[], bytes?: Uint8Array) =>
    readStoredAccounts(morpho.chain, storage, storeWith(pieces, { ...block, hash: head.hash }, bytes), head);
  expect(await stored([name, ...chunks])).toMatchObject({ block: { number: head.number } });
  for (const [pieces, delta] of [
    [chunks],
    [[name, ...chunks.map((chunk) => chunk.slice(0, -1))]],
    [[name, ...chunks, strange]],
    [[name, ...chunks], new Uint8Array([1, 2, 3])],
  ] as const)
    expect(await stored(pieces, delta)).toBe('damaged');
});

/** A store that has these pieces, and one change. */
function storeWith(
  pieces: readonly Uint8Array[],
  block: SnapshotName['block'],
  bytes?: Uint8Array,
): WatchlistStore {
  const refuse = async () => {
    throw new Error('Nothing is written here.');
  };
  const snapshot = { block, chunks: pieces.length, writtenAtBlock: block.number };
  const head: WatchlistHead = {
    ...{ version: 1, snapshot, tip: block, cursor: block, quarantined: [] },
    owed: { everybody: false, deltas: [] },
  };
  const deltas: readonly Delta[] = bytes === undefined ? [] : [{ block, parent: block, bytes }];
  return {
    ...{ head: async () => head, chunks: async () => pieces, deltas: async () => deltas },
    ...{ delta: refuse, putChunks: refuse, putDelta: refuse, commit: refuse, putAccounts: refuse },
    ...{ accounts: refuse, putIncident: refuse, incidents: refuse },
  };
}
