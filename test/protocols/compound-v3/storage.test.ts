import { getAddress } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Address } from '../../../lib/hex.ts';
import type { BookStorage } from '../../../lib/protocols/book-storage.ts';
import { type CometBook, isCometBook } from '../../../lib/protocols/compound-v3/book.ts';
import { residentBook } from '../../../lib/protocols/resident-book.ts';
import { encodeTogether } from '../../../lib/watchlist/records.ts';
import { type CometLab, startCometLab } from './lab.ts';

const ether = (amount: bigint) => amount * 10n ** 18n;
const usdc = (amount: bigint) => amount * 10n ** 6n;
const bitcoin = (amount: bigint) => amount * 10n ** 8n;

let lab: CometLab;
let storage: BookStorage;
let [lender, alice, bob, carol]: readonly Address[] = [];

beforeAll(async () => {
  lab = await startCometLab('0x00000000000000000000000000000000000000EE');
  if (!lab.protocol.storage) throw new Error('A Comet can be stored.');
  storage = lab.protocol.storage;
  [, lender, alice, bob, carol] = String(await lab.anvil.rpc('eth_accounts'))
    .split(',')
    .map((one) => getAddress(one));
  await lab.script.mine();
  await lab.answer(lab.feeds.usdc, 10n ** 8n, 0x101);
  await lab.answer(lab.feeds.weth, 4_000n * 10n ** 8n, 0x101);
  await lab.answer(lab.feeds.wbtc, 100_000n * 10n ** 8n, 0x101);
  for (const who of [lender, alice, bob]) lab.fund(who ?? '');
  await lab.script.mine();
  lab.act(lender ?? '', 'supply', lab.usdc, usdc(1_000_000n));
  for (const who of [alice ?? '', bob ?? '']) {
    lab.act(who, 'supply', lab.weth, ether(10n));
    lab.act(who, 'supply', lab.wbtc, bitcoin(1n));
    lab.act(who, 'withdraw', lab.usdc, usdc(20_000n));
  }
  await lab.script.mine();
});
afterAll(() => lab.stop());

async function book(): Promise<CometBook> {
  const { number } = await lab.chain.head();
  const borrowers = await lab.protocol.discover(lab.chain, { fromBlock: 0, toBlock: number });
  const found = await lab.protocol.read(lab.chain, borrowers, number);
  if (!isCometBook(found)) throw new Error('It is a Comet.');
  return found;
}

test('accounts that were stored, with what changed since, go on from there as a full reading finds them', async () => {
  const before = await book();
  const chunks = storage.freeze(before, 140);
  expect(chunks?.length).toBe(3);
  expect(Math.max(...(chunks ?? []).map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(140);

  lab.act(alice ?? '', 'supply', lab.usdc, usdc(500_000n));
  lab.act(bob ?? '', 'withdraw', lab.usdc, usdc(1_000n));
  await lab.script.mine();
  const after = await book();
  const changed = storage.changedAccounts(before, after);
  expect([...changed].sort()).toEqual([alice, bob].sort());
  const delta = storage.freezeAccounts(after, changed);
  expect(storage.addressesIn(delta)).toEqual(changed);
  const thawed = storage.thaw({ blockNumber: after.blockNumber, chunks: chunks ?? [], deltas: [delta] });
  expect([...storage.addresses(thawed)].sort(), 'who has collateral may owe again').toEqual(
    [alice, bob].sort(),
  );
  expect(storage.changedAccounts(thawed, after)).toEqual([]);
  expect(storage.isSameMarket(thawed, after)).toBe(true);

  lab.act(lender ?? '', 'supply', lab.weth, ether(1n));
  lab.act(bob ?? '', 'supply', lab.usdc, usdc(5_000n));
  await lab.script.mine();
  const { number } = await lab.chain.head();
  const next = await storage.readNext(lab.chain, thawed, number);
  expect(next && storage.changedAccounts(next, await book())).toEqual([]);
  expect(next && [...storage.sample(next, 7, 3)].sort()).toEqual([lender, alice, bob].sort());
});

test('an account that is not what the Comet says is found, and read again', async () => {
  const found = await book();
  expect(await storage.readDrift(lab.chain, found, storage.addresses(found))).toEqual([]);
  const empty = await lab.protocol.read(lab.chain, [], found.blockNumber);
  expect(storage.addresses(empty)).toEqual([]);
  expect(await storage.readDrift(lab.chain, empty, [alice ?? '', bob ?? ''])).toMatchObject([
    { borrower: bob, field: 'borrowBalance', inBook: 0n },
    { borrower: bob, field: `collateral ${lab.weth}`, inBook: 0n, onChain: ether(10n) },
    { borrower: bob, field: `collateral ${lab.wbtc}`, inBook: 0n, onChain: bitcoin(1n) },
  ]);
  const repaired = await storage.readAgain(lab.chain, empty, [bob ?? '']);
  expect(storage.addresses(repaired)).toEqual([bob]);
  expect(await storage.readDrift(lab.chain, repaired, [bob ?? ''])).toEqual([]);
});

test('who had collateral, owed nothing, and borrows by a transfer that no log tells is found by a cold process', async () => {
  lab.fund(carol ?? '');
  await lab.script.mine();
  lab.act(carol ?? '', 'supply', lab.weth, ether(10n));
  await lab.script.mine();
  const before = await book();
  const chunks = storage.freeze(before, 390_000) ?? [];
  const accounts = storage.thaw({ blockNumber: before.blockNumber, chunks, deltas: [] });
  const { hash } = await lab.chain.head(before.blockNumber);
  lab.act(carol ?? '', 'transfer', lender, usdc(300n));
  await lab.script.mine();
  const head = await lab.chain.head();
  expect(await storage.readNext(lab.chain, accounts, head.number)).toBe(undefined);
  const source = { protocol: lab.protocol, deployedAtBlock: 0 };
  const cold = await residentBook(source, { storage, accounts, hash }).read(lab.chain, head);
  expect(storage.changedAccounts(before, cold)).toEqual([carol]);
  expect(storage.changedAccounts(cold, await book())).toEqual([]);
});

test('bytes that are not a Comet’s, or not whole, are refused', async () => {
  const [name, ...chunks] = storage.freeze(await book(), 390_000) ?? [];
  const thaw = (...pieces: readonly (Uint8Array | undefined)[]) =>
    storage.thaw({ blockNumber: 1, chunks: pieces.flatMap((piece) => piece ?? []), deltas: [] });
  expect([...storage.addresses(thaw(name, ...chunks))].sort()).toEqual([lender, alice, bob, carol].sort());
  expect(() => thaw(...chunks)).toThrow(/run the backfill again/);
  expect(() => thaw(name, chunks[0]?.slice(0, -1))).toThrow(/cut short/);
  const strange = encodeTogether([{ address: bob ?? '', entries: [{ key: lab.weth, amounts: [1n, 1n] }] }]);
  expect(() => thaw(name, strange)).toThrow(/it is of no Comet/);
});
