import { getAddress } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readContract } from '../../../devnet/chain/read.ts';
import type { TargetBlock } from '../../../lib/block.ts';
import type { Opportunity } from '../../../lib/domain.ts';
import type { Address } from '../../../lib/hex.ts';
import { cometInterface } from '../../../lib/protocols/compound-v3/abi.ts';
import { bookOf, type CometBook, isCometBook } from '../../../lib/protocols/compound-v3/book.ts';
import { compoundV3 } from '../../../lib/protocols/compound-v3/index.ts';
import { read } from '../../../lib/protocols/compound-v3/read.ts';
import { type CometLab, cometActions, startCometLab } from './lab.ts';

const dollars = (amount: number) => BigInt(Math.round(amount * 1e8));
const ether = (amount: number) => BigInt(Math.round(amount * 1e6)) * 10n ** 12n;
const bitcoin = (amount: number) => BigInt(Math.round(amount * 1e8));
const usdc = (amount: number) => BigInt(Math.round(amount * 1e6));

let lab: CometLab;
let [lender, alice, bob, carol, executor]: readonly Address[] = [];

beforeAll(async () => {
  lab = await startCometLab('0x00000000000000000000000000000000000000EE');
  executor = lab.executor;
  [, lender, alice, bob, carol] = String(await lab.anvil.rpc('eth_accounts'))
    .split(',')
    .map((account) => getAddress(account));
  await lab.answer(lab.feeds.usdc, dollars(0.9998), 0x101);
  await lab.answer(lab.feeds.weth, dollars(4_000), 0x101);
  await lab.answer(lab.feeds.wbtc, dollars(100_000), 0x101);
  for (const who of [lender, alice, bob, carol, lab.script.deployer]) lab.fund(who ?? '');
  await lab.script.mine();
  lab.act(lender ?? '', 'supply', lab.usdc, usdc(10_000_000));
  await lab.script.mine();
  open(alice, ether(10), 0n, usdc(31_000));
  open(bob, ether(5), bitcoin(0.2), usdc(29_900));
  open(carol, 0n, bitcoin(1), usdc(60_000));
  await lab.script.mine();
});
afterAll(() => lab.stop());

let snapshot: unknown;
beforeEach(async () => {
  snapshot = await lab.anvil.rpc('evm_snapshot');
  return async () => {
    await lab.anvil.rpc('evm_revert', [snapshot]);
  };
});

function open(who: Address | undefined, weth: bigint, wbtc: bigint, debt: bigint): void {
  if (weth > 0n) lab.act(who ?? '', 'supply', lab.weth, weth);
  if (wbtc > 0n) lab.act(who ?? '', 'supply', lab.wbtc, wbtc);
  lab.act(who ?? '', 'withdraw', lab.usdc, debt);
}

async function book(): Promise<CometBook> {
  const { number } = await lab.chain.head();
  const borrowers = await lab.protocol.discover(lab.chain, { fromBlock: 0, toBlock: number });
  return bookOf(await read(lab.chain, lab.comet, borrowers, number), executor);
}

async function nextBlock(): Promise<TargetBlock> {
  const { number, timestampSeconds } = await lab.chain.head();
  return { number: number + 1, timestampSeconds: timestampSeconds + 12, baseFeeWei: 0n };
}

const etherAt = (price: number) => [{ aggregator: lab.feeds.weth.aggregator, answer: dollars(price) }];
const pairOf = ({ borrower, collateralAsset }: Opportunity) => [borrower, collateralAsset];

test('finds who was given collateral, and all that is owed', async () => {
  const { snapshot: found, unaccountedDebt, opaqueBecause } = await book();
  expect([...found.accounts.keys()]).toEqual([alice, bob, carol]);
  expect(unaccountedDebt).toBe(0n);
  expect(opaqueBecause).toBeUndefined();
});

describe('a pending update', () => {
  test('opens those who fall with it, each by every collateral that he has', async () => {
    const fallen = (await book()).opportunities(etherAt(3_000), await nextBlock());
    expect(fallen.map(pairOf)).toEqual([
      [alice, lab.weth],
      [bob, lab.weth],
      [bob, lab.wbtc],
    ]);
    expect(fallen.every(({ healthFactorWad }) => healthFactorWad < 10n ** 18n)).toBe(true);
    expect(fallen.every(({ debtAsset }) => debtAsset === lab.usdc)).toBe(true);
  });

  test('of the base token counts for everybody', async () => {
    const dear = [{ aggregator: lab.feeds.usdc.aggregator, answer: dollars(1.35) }];
    const fallen = (await book()).opportunities(dear, await nextBlock());
    expect(new Set(fallen.map(({ borrower }) => borrower))).toEqual(new Set([alice, bob, carol]));
  });

  test('of another feed opens what that one moves, of an unknown one nothing', async () => {
    const cheap = [{ aggregator: lab.feeds.wbtc.aggregator, answer: dollars(60_000) }];
    const target = await nextBlock();
    const fallen = (await book()).opportunities(cheap, target);
    expect(new Set(fallen.map(({ borrower }) => borrower))).toEqual(new Set([bob, carol]));
    expect((await book()).opportunities([{ aggregator: lab.comet, answer: 1n }], target)).toEqual([]);
  });

  test('opens nothing for a market without an executor to buy for', async () => {
    const { number } = await lab.chain.head();
    const nobody = await compoundV3({ comet: lab.comet, deployedAtBlock: 0 }, undefined).read(
      ...([lab.chain, [alice ?? ''], number] as const),
    );
    expect(nobody.opportunities(etherAt(1), await nextBlock())).toEqual([]);
  });
});

test('tells who is nearest to liquidation, by the collateral that is worth most', async () => {
  const { timestampSeconds } = await nextBlock();
  const near = (await book()).nearest?.(2, timestampSeconds);
  // 16,000 + 18,000 dollars against 29,900; 36,000 against 31,000; carol has 80,000 against 60,000.
  expect(near?.map(({ borrower, collateralAsset }) => [borrower, collateralAsset])).toEqual([
    [bob, lab.weth],
    [alice, lab.weth],
  ]);
  expect(near?.[0]?.debt).toBeGreaterThanOrEqual(usdc(29_900));
});

test('what the reserves had before is sold once, with whoever has most; a second kink ends the own part', async () => {
  lab.script.call(lab.weth, cometActions, 'transfer', [lab.comet, ether(3)]);
  await lab.script.mine();
  const fallen = (await book()).opportunities(etherAt(3_000), await nextBlock());
  const [ofAlice, ofBob] = fallen.filter(({ collateralAsset }) => collateralAsset === lab.weth);
  // 3000 · 0.975 / 0.9998 = 2925.58… dollars an ether: 10 of her own, 3 of the reserves', and his 5 alone.
  const cost = (amount: bigint) => (amount * 2_925_00000000n) / 99_980_000n / 10n ** 12n + 1n;
  expect(ofAlice?.kinks).toEqual([0n, cost(ether(10)) - 1n, cost(ether(13)) - 1n]);
  expect(ofBob?.kinks).toEqual([0n, cost(ether(5)) - 1n]);
  expect(ofAlice?.quote(cost(ether(13)))).toBeUndefined();
});

test('nothing is for sale once an absorption leaves the reserves at their target, to the unit', async () => {
  lab.script.call(lab.usdc, cometActions, 'transfer', [lab.comet, usdc(1_000_000)]);
  await lab.answer(lab.feeds.weth, dollars(3_000), 0x201);
  const { snapshot: now } = await book();
  const target = await nextBlock();
  lab.act(lab.script.deployer, 'absorb', executor, [alice]);
  await lab.anvil.rpc('evm_setNextBlockTimestamp', [target.timestampSeconds]);
  await lab.script.mine();
  const [left] = await readContract(lab.anvil, lab.comet, cometInterface, 'getReserves');
  const borrowersAt = (targetReserves: bigint, isBuyPaused = false) => {
    const then = bookOf({ ...now, comet: { ...now.comet, targetReserves, isBuyPaused } }, executor);
    return then.opportunities(etherAt(3_000), target).map(({ borrower }) => borrower);
  };
  expect(borrowersAt(left)).not.toContain(alice);
  expect(borrowersAt(left + 1n)).toContain(alice);
  expect(borrowersAt(left + 1n, true)).toEqual([]);
});

test('a contract that has other reserves than we compute is left alone, and says so', async () => {
  const { snapshot: now } = await book();
  const strange = bookOf({ ...now, reserves: (now.reserves ?? 0n) + 1n }, executor);
  expect(strange.opaqueBecause).toBe('computesDifferently');
  expect(strange.opportunities(etherAt(1), await nextBlock())).toEqual([]);
});

describe('brought up to a later block by its logs', () => {
  const next = async (earlier: CometBook) => {
    const { number } = await lab.chain.head();
    const found = await lab.protocol.readNext?.(lab.chain, earlier, number);
    return found && isCometBook(found) ? found.snapshot.accounts : undefined;
  };

  test('it is the book that a full reading finds', async () => {
    const earlier = await book();
    lab.act(alice ?? '', 'supply', lab.usdc, usdc(1_000));
    lab.act(carol ?? '', 'transferAsset', alice, lab.wbtc, bitcoin(0.01));
    lab.act(bob ?? '', 'supply', lab.usdc, usdc(40_000));
    await lab.script.mine();
    const accounts = await next(earlier);
    expect(accounts).toEqual((await book()).snapshot.accounts);
    expect([...(accounts?.keys() ?? [])].sort()).toEqual([alice, carol].sort());
  });

  test('base that is borrowed by a transfer leaves no log: the sum of debts tells, and all is read again', async () => {
    const earlier = await book();
    lab.act(alice ?? '', 'transfer', lender, usdc(500));
    await lab.script.mine();
    expect(await next(earlier)).toBeUndefined();
    expect((await book()).unaccountedDebt).toBe(0n);
  });
});

test('an absorption of which nothing is bought at once was made by the absorber, for nothing', async () => {
  await lab.answer(lab.feeds.weth, dollars(3_000), 0x201);
  const deployer = getAddress(lab.script.deployer);
  lab.act(deployer, 'absorb', deployer, [alice]);
  lab.act(deployer, 'buyCollateral', lab.weth, 0n, usdc(1_000), deployer);
  await lab.script.mine();
  const { number } = await lab.chain.head();
  expect(await lab.protocol.discoverLiquidations(lab.chain, { fromBlock: 0, toBlock: number })).toMatchObject(
    [
      {
        ...{ borrower: alice, liquidator: deployer, debtAsset: lab.usdc, collateralAsset: lab.weth },
        ...{ debtToCover: 0n, seizedCollateral: 0n, blockNumber: number },
      },
    ],
  );
});
