import { getAddress } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executorRules } from '../../../lib/bundle/rules.ts';
import type { Call } from '../../../lib/call.ts';
import type { Opportunity } from '../../../lib/domain.ts';
import { isCometBook } from '../../../lib/protocols/compound-v3/book.ts';
import { compoundV3 } from '../../../lib/protocols/compound-v3/index.ts';
import {
  absorbedOf,
  allowedCallsOf,
  LIQUIDATION_GAS,
  opportunitiesOf,
} from '../../../lib/protocols/compound-v3/opportunity.ts';
import type { Pool } from '../../../lib/venues/venue.ts';
import { allowRules, execute, item } from '../../contracts/execute.ts';
import { buildWorld, isolated, tradingPool, USDC, WETH, type World } from '../../contracts/world.ts';
import type { Deployed } from '../../support/evm.ts';
import { percent } from './lab.ts';

const COLLATERAL = 60n * WETH;
const DEBT = 100_000n * USDC;
const dollars = (amount: bigint) => amount * 10n ** 8n;

let world: World;
let comet: Deployed;
let feed: Deployed;
let pool: Pool;

beforeAll(async () => {
  world = await buildWorld();
  const { evm, weth, usdc, contracts } = world;
  feed = await evm.deploy(contracts.get('SettableRoundFeed'));
  const baseFeed = await evm.deploy(contracts.get('SettableRoundFeed'));
  await evm.run(baseFeed, 'setAnswer', [dollars(1n)]);
  await evm.run(feed, 'setAnswer', [dollars(2_400n)]);
  const free = [percent(80), 0n, 0n, 0n];
  const terms = [
    ...[usdc.address, baseFeed.address, USDC, free, free],
    ...[percent(50), 10n ** 12n, 0n, true],
  ];
  const asset = [0, weth.address, feed.address, WETH, percent(80), percent(90), percent(95), 2n ** 127n];
  comet = await evm.deploy(contracts.get('StandInComet'), [terms, [asset]]);
  for (const token of [weth, usdc]) await evm.run(token, 'approve', [comet.address, 2n ** 256n - 1n]);
  // The lender is somebody else: the one who lends owes nothing.
  await evm.run(usdc, 'transfer', [comet.address, 2n * DEBT]);
  await evm.run(comet, 'supply', [weth.address, COLLATERAL]);
  await evm.run(comet, 'withdraw', [usdc.address, DEBT]);
  const rules = executorRules({
    ...{ liquidations: allowedCallsOf(comet.address), aavePools: [], uniswapV3Pools: [] },
  });
  await allowRules(world, rules);
  pool = await tradingPool(world);
});
afterAll(() => world.evm.stop());

/** At this price, as soon as it is there. */
async function opportunityAt(price: bigint): Promise<Opportunity> {
  const { evm, executor } = world;
  const protocol = compoundV3({ comet: comet.address, deployedAtBlock: 0 }, executor.address);
  const { number, timestampSeconds } = await evm.chain.head();
  const account = getAddress(evm.account);
  const book = await protocol.read(evm.chain, [account], number);
  if (!isCometBook(book)) throw new Error('It is a Comet.');
  const market = book.marketAfter([], timestampSeconds + 12);
  const position = book.snapshot.accounts.get(account);
  if (!market || !position) throw new Error('The account owes.');
  const priced = {
    ...market,
    priceOf: (one: string) => (one === feed.address ? dollars(price) : market.priceOf(one)),
  };
  const absorbed = absorbedOf(priced, account, position);
  const [opportunity] = absorbed ? opportunitiesOf(priced, [absorbed], executor.address) : [];
  if (opportunity === undefined) throw new Error('Nothing is for sale.');
  return opportunity;
}

/** What it did, and what its logs tell of it. */
const run = (price: bigint, calls: readonly Call[]) =>
  isolated(world, async () => {
    const { evm, executor } = world;
    await evm.run(feed, 'setAnswer', [dollars(price)]);
    const outcome = await execute(world, [item(...calls)]);
    const number = await evm.blockNumber();
    const protocol = compoundV3({ comet: comet.address, deployedAtBlock: 0 }, executor.address);
    const told = await protocol.discoverLiquidations(evm.chain, { fromBlock: number, toBlock: number });
    return { ...outcome, told };
  });

describe.each([
  ['all that he had', 1_800n, 1_000n],
  ['a third of it', 1_800n, 333n],
  ['all of one whose debt is larger than that', 1_500n, 1_000n],
])('%s', (_, price, permille) => {
  test('absorbed and bought in one transaction, paid for by a flash swap, to the wei', async () => {
    const opportunity = await opportunityAt(price);
    const quote = opportunity.quote((opportunity.maxDebtToCover * permille) / 1_000n);
    const swap = quote && pool.quoteExactOut(world.usdc.address, quote.debtToCover);
    if (quote === undefined || swap === undefined) throw new Error('Any size can be bought here.');
    const outcome = await run(price, [
      pool.encodeExactOut(world.usdc.address, quote.debtToCover, opportunity.encode(quote)),
    ]);
    expect(outcome.failed).toEqual([]);
    // The pool still pays 2,000.
    expect(outcome.executed?.profitWei).toBe(quote.seizedCollateral - swap.amountIn);
    expect(outcome.gasUsed).toBeLessThan(quote.gasUsed + swap.gasUsed + 130_000n);
    expect(quote.gasUsed).toBe(LIQUIDATION_GAS);
    const { borrower, debtAsset, collateralAsset } = opportunity;
    const { debtToCover, seizedCollateral } = quote;
    expect(outcome.told).toMatchObject([
      {
        borrower,
        debtAsset,
        collateralAsset,
        debtToCover,
        seizedCollateral,
        liquidator: world.executor.address,
      },
    ]);
  });
});

test('a unit more than the most is refused by model and contract', async () => {
  const opportunity = await opportunityAt(1_800n);
  const most = opportunity.quote(opportunity.maxDebtToCover);
  if (most === undefined) throw new Error('The most can be bought.');
  const more = most.debtToCover + 1_000n;
  expect(opportunity.quote(more)).toBeUndefined();
  const calls = opportunity.encode({ ...most, debtToCover: more });
  const outcome = await run(1_800n, [pool.encodeExactOut(world.usdc.address, more, calls)]);
  expect(outcome.error).toMatch(/^NothingLiquidated/);
});

test('one who is not below his limit is left alone', async () => {
  // 60 · 1852 · 0.9 = 100,008 dollars.
  await expect(opportunityAt(1_852n)).rejects.toThrow('Nothing is for sale');
});
