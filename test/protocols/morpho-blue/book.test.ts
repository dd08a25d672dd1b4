import { getAddress, Interface, toBeHex, ZeroAddress } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { latestBlock } from '../../../devnet/chain/blocks.ts';
import { compileMorpho } from '../../../devnet/chain/compile.ts';
import { readContract } from '../../../devnet/chain/read.ts';
import type { TargetBlock } from '../../../lib/block.ts';
import type { LogFilter } from '../../../lib/chain.ts';
import type { Address } from '../../../lib/hex.ts';
import { morphoInterface } from '../../../lib/protocols/morpho-blue/abi.ts';
import { bookOf, type MorphoBook } from '../../../lib/protocols/morpho-blue/book.ts';
import { MarketIndex } from '../../../lib/protocols/morpho-blue/market-index.ts';
import { read } from '../../../lib/protocols/morpho-blue/read.ts';
import type { MarketParams } from '../../../lib/protocols/morpho-blue/state.ts';
import type { LabFeed } from '../../support/oracle-lab.ts';
import { type MorphoLab, startMorphoLab } from './lab.ts';

const priceInterface = new Interface(['function price() view returns (uint256)']);
const dollars = (amount: number) => BigInt(Math.round(amount * 1e8));
const ether = (amount: number) => BigInt(Math.round(amount * 1e6)) * 10n ** 12n;
const usdc = (amount: number) => BigInt(Math.round(amount * 1e6));

const NOTHING = { vault: ZeroAddress, sample: 1n, feed1: ZeroAddress, feed2: ZeroAddress };

let lab: MorphoLab;
let etherFeed: LabFeed;
let dollarFeed: LabFeed;
let plain: MarketParams;
let vaulted: MarketParams;
let alice: Address;
let bob: Address;

beforeAll(async () => {
  lab = await startMorphoLab();
  [etherFeed, dollarFeed] = [lab.feed(8, 'ETH / USD'), lab.feed(8, 'USDC / USD')];
  [, alice = '', bob = ''] = String(await lab.anvil.rpc('eth_accounts'))
    .split(',')
    .map((account) => getAddress(account));
  const { own, script } = lab;
  const side = ({ vault, sample, feed1, feed2 }: typeof NOTHING, decimals: number) => [
    ...[vault, sample, feed1, feed2, decimals],
  ];
  const oracle = (base: Partial<typeof NOTHING>, quote: Partial<typeof NOTHING>) =>
    script.deploy(own.get('MorphoChainlinkOracle'), [
      side({ ...NOTHING, ...base }, 18),
      side({ ...NOTHING, ...quote }, 6),
    ]);
  const base = { feed1: etherFeed.proxy };
  const quote = { feed1: dollarFeed.proxy };
  const vault = script.deploy(own.get('YieldVault'), [1_100000000000000001n]);
  await script.mine();
  await lab.answer(etherFeed, dollars(4_000), 0x101);
  await lab.answer(dollarFeed, dollars(0.9998), 0x101);
  plain = lab.market(oracle(base, quote), lab.irm);
  vaulted = lab.market(oracle({ ...base, vault, sample: 10n ** 18n }, quote));
  for (const who of [alice, bob]) lab.fund(who);
  await script.mine();
  lab.borrow(alice, plain, ether(10), usdc(34_000));
  lab.borrow(bob, plain, ether(10), usdc(20_000));
  lab.borrow(bob, vaulted, ether(10), usdc(37_000));
  await script.mine();
});
afterAll(() => lab.stop());

async function book(): Promise<MorphoBook> {
  const { number } = await lab.chain.head();
  const index = new MarketIndex({ morpho: lab.morpho, deployedAtBlock: 0 });
  const borrowers = await index.discover(lab.chain, { fromBlock: 0, toBlock: number });
  return bookOf(await read(lab.chain, lab.morpho, { index }, borrowers, number));
}

async function nextBlock(): Promise<TargetBlock> {
  const { number, timestampSeconds } = await latestBlock(lab.anvil);
  return { number: number + 1, timestampSeconds: timestampSeconds + 12, baseFeeWei: 0n };
}

const etherAt = (price: number) => ({ aggregator: etherFeed.aggregator, answer: dollars(price) });

test('finds who borrowed, and in which markets', async () => {
  const { number } = await lab.chain.head();
  const range = { fromBlock: 0, toBlock: number };
  expect(await lab.protocol.discover(lab.chain, range)).toEqual([alice, bob]);
  const { markets } = (await book()).snapshot;
  const who = (oracle: Address) => markets.find(({ params }) => params.oracle === oracle)?.positions.keys();
  expect([...(who(plain.oracle) ?? [])]).toEqual([alice, bob]);
  expect([...(who(vaulted.oracle) ?? [])]).toEqual([bob]);
  expect(markets).toHaveLength(2);
});

test('says who is nearest to liquidation, by ether, vault share and dollar', async () => {
  const { timestampSeconds } = await latestBlock(lab.anvil);
  const nearest = (await book()).nearest?.(10, timestampSeconds) ?? [];
  const etherInDollars = 4_000 / 0.9998;
  const lltv = Number(plain.lltv) / 1e18;
  const expected = [
    [bob, (10 * 1.1 * etherInDollars * lltv) / 37_000],
    [alice, (10 * etherInDollars * lltv) / 34_000],
    [bob, (10 * etherInDollars * lltv) / 20_000],
  ] as const;
  const byHealth = expected.toSorted(([, a], [, b]) => a - b);
  expect(nearest.map(({ borrower }) => borrower)).toEqual(byHealth.map(([borrower]) => borrower));
  for (const [index, [, health]] of byHealth.entries())
    expect(Number(nearest[index]?.healthFactorWad) / 1e18).toBeCloseTo(health, 4);
  expect(nearest[0]).toMatchObject({ collateralAsset: plain.collateralToken, debtAsset: plain.loanToken });
});

test('a borrower whom nobody announced is looked up in the logs', async () => {
  const { number } = await lab.chain.head();
  const stranger = new MarketIndex({ morpho: lab.morpho, deployedAtBlock: 0 });
  const { markets } = await read(lab.chain, lab.morpho, { index: stranger }, [bob], number);
  expect(markets.map(({ params }) => params.oracle).sort()).toEqual([plain.oracle, vaulted.oracle].sort());
});

test('and so are more than one filter may name, all at once', async () => {
  const { number } = await lab.chain.head();
  const index = new MarketIndex({ morpho: lab.morpho, deployedAtBlock: 0 });
  const nobodies = Array.from({ length: 600 }, (_, at) => getAddress(toBeHex(at + 1, 20)));
  const filters: LogFilter[] = [];
  const logs = (filter: LogFilter) => {
    filters.push(filter);
    return lab.chain.logs(filter);
  };
  const holders = await index.readHolders({ ...lab.chain, logs }, [...nobodies, alice, bob], number);
  expect(holders.map(({ borrower }) => borrower)).toEqual([alice, bob, bob]);
  expect(filters.map(({ topics }) => topics.length)).toEqual([1]);
  await index.readHolders({ ...lab.chain, logs }, nobodies, number);
  expect(filters, 'who was looked for once is not looked for again').toHaveLength(1);
});

describe('a pending update', () => {
  test('reprices each market to what its oracle then says', async () => {
    const before = await book();
    const { timestampSeconds } = await nextBlock();
    const snapshot = await lab.anvil.rpc('evm_snapshot');
    await lab.answer(etherFeed, dollars(3_456.78901234), 0x201);
    for (const state of before.snapshot.markets) {
      const after = before.marketAfter(state, [etherAt(3_456.78901234)], timestampSeconds);
      const [price] = await readContract(lab.anvil, state.params.oracle, priceInterface, 'price');
      expect(after?.collateralPrice36).toBe(price);
    }
    await lab.anvil.rpc('evm_revert', [snapshot]);
  });

  test('opens those who fall with it, and no others', async () => {
    const fallen = (await book()).opportunities([etherAt(3_900)], await nextBlock());
    expect(
      fallen.map(({ borrower, debtAsset, collateralAsset }) => [borrower, debtAsset, collateralAsset]),
    ).toEqual([
      [alice, lab.loanToken, lab.collateralToken],
      [bob, lab.loanToken, lab.collateralToken],
    ]);
    expect(fallen.every(({ healthFactorWad }) => healthFactorWad < 10n ** 18n)).toBe(true);
  });

  test('of another feed opens what that one moves, of an unknown one nothing', async () => {
    const target = await nextBlock();
    const unknown = { aggregator: lab.morpho, answer: 1n };
    expect((await book()).opportunities([unknown], target)).toEqual([]);
    const dearDollar = { aggregator: dollarFeed.aggregator, answer: dollars(1.05) };
    expect((await book()).opportunities([dearDollar], target).map(({ borrower }) => borrower)).toEqual([
      alice,
      bob,
    ]);
  });
});

test('several answers at once open what they open together, each borrower once', async () => {
  const target = await nextBlock();
  const { opportunities } = await book();
  const [mildEther, dearDollar] = [
    etherAt(4_300),
    { aggregator: dollarFeed.aggregator, answer: dollars(1.01) },
  ];
  const opened = (...changes: (typeof mildEther)[]) =>
    opportunities(changes, target).map(({ borrower }) => borrower);
  const together = opened(mildEther, dearDollar);
  expect(together.length).toBeGreaterThanOrEqual(opened(mildEther).length);
  expect(opened(etherAt(3_900), dearDollar)).toEqual(opened(etherAt(3_900)));
  // What raises the collateral makes up for what raises the debt.
  expect(opened(etherAt(8_000), { aggregator: dollarFeed.aggregator, answer: dollars(1.05) })).toEqual([]);
});

test('an oracle that nobody can take apart stays at its price, and is listed', async () => {
  const snapshot = await lab.anvil.rpc('evm_snapshot');
  const { script, anvil } = lab;
  const mock = script.deploy((await compileMorpho()).get('OracleMock'));
  script.call(mock, new Interface(['function setPrice(uint256 newPrice)']), 'setPrice', [
    4_000n * 10n ** 24n,
  ]);
  const strange = lab.market(mock);
  lab.borrow(bob, strange, ether(1), usdc(3_000));
  await script.mine();
  const { opaque, opportunities } = await book();
  expect(opaque.map(({ address, opaqueBecause }) => [address, opaqueBecause])).toEqual([
    [mock, 'unknownContract'],
  ]);
  const fallen = opportunities([etherAt(1)], await nextBlock());
  expect(fallen.map(({ borrower }) => borrower).sort()).toEqual([alice, bob, bob].sort());
  await anvil.rpc('evm_revert', [snapshot]);
});

test('tells who was liquidated by whom', async () => {
  const snapshot = await lab.anvil.rpc('evm_snapshot');
  const target = await nextBlock();
  const [first] = (await book()).opportunities([etherAt(3_900)], target);
  const quote = first?.quote(first.maxDebtToCover);
  const [call] = first && quote ? first.encode(quote) : [];
  await lab.answer(etherFeed, dollars(3_900), 0x201);
  const deployer = getAddress(lab.script.deployer);
  lab.script.call(
    lab.morpho,
    morphoInterface,
    'liquidate',
    morphoInterface.decodeFunctionData('liquidate', call?.data ?? '0x').toArray(true),
  );
  await lab.script.mine();
  const { number } = await lab.chain.head();
  const logs = await lab.protocol.discoverLiquidations(lab.chain, { fromBlock: number, toBlock: number });
  expect(logs).toMatchObject([
    {
      ...{
        borrower: alice,
        liquidator: deployer,
        debtAsset: lab.loanToken,
        collateralAsset: lab.collateralToken,
      },
      blockNumber: number,
    },
  ]);
  expect(logs[0]?.debtToCover).toBeGreaterThanOrEqual(quote?.debtToCover ?? 0n);
  await lab.anvil.rpc('evm_revert', [snapshot]);
});
