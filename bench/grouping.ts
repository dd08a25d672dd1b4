import { toQuantity } from 'ethers';
import * as v from 'valibot';
import { deriveAccounts } from '../devnet/chain/accounts.ts';
import { type Rpc, rpcOf } from '../devnet/chain/rpc.ts';
import { nextTarget } from '../lib/bundle/target.ts';
import type { Call } from '../lib/call.ts';
import type { LiquidationQuote, Opportunity } from '../lib/domain.ts';
import { encodeExecute } from '../lib/executor.ts';
import type { Address, Hex } from '../lib/hex.ts';
import type { Market } from '../lib/market/market.ts';
import type { Pool } from '../lib/venues/venue.ts';
import { CROSSINGS, type RaceWorld, startRaceWorld } from './race-world.ts';

/** Gas of liquidating so many borrowers in one transaction. */
export interface GroupRow {
  readonly borrowers: number;
  /** An item each, with a flash-swap each. */
  readonly each: bigint;
  /** One item: a flash-swap of all debt, and all liquidations inside it. */
  readonly flashSwap: bigint;
  /** One item: a loan of all debt, all liquidations, one swap. */
  readonly loans: readonly { readonly source: string; readonly gasUsed: bigint }[];
}

const SIZES = [1, 2, 5, 10, 20, 30];

/** On real contracts, with the price in force; each measured and forgotten. */
export async function measureGroups(): Promise<readonly GroupRow[]> {
  const world = await startRaceWorld(0);
  try {
    const market = await crossed(world);
    const rows: GroupRow[] = [];
    for (const size of SIZES) rows.push(await measure(world, market, opened(market).slice(0, size)));
    return rows;
  } finally {
    await world.stop();
  }
}

async function crossed({ buildBlock, racer, event, node }: RaceWorld): Promise<Market> {
  const [, , { answer }] = CROSSINGS;
  const { rawTransaction } = v.parse(v.object({ rawTransaction: v.string() }), await event(answer));
  const rpc = rpcOf(node.url);
  await rpc('eth_sendRawTransaction', [rawTransaction]);
  await buildBlock();
  await rpc('anvil_autoImpersonateAccount', [true]);
  return racer.resident.current(undefined, 0);
}

interface Sized {
  readonly opportunity: Opportunity;
  readonly quote: LiquidationQuote;
}

/** One opportunity a borrower, whole and in one step; those that the race world has falling. */
function opened({ books, feeds, head }: Market): readonly Sized[] {
  const target = nextTarget(head, 12, 0);
  const changes = [...feeds.values()].flatMap(({ aggregator, description, answer }) =>
    description.startsWith('ETH') ? [{ aggregator, answer }] : [],
  );
  return books
    .flatMap((book) => book.opportunities(changes, target))
    .filter(
      ({ steps, seizes, maxDebtToCover }) =>
        steps === 1 && seizes === 'underlying' && maxDebtToCover < 10n ** 11n,
    )
    .flatMap((opportunity) => {
      const quote = opportunity.quote(opportunity.maxDebtToCover);
      return quote === undefined ? [] : [{ opportunity, quote }];
    });
}

async function measure(world: RaceWorld, { liquidity }: Market, some: readonly Sized[]): Promise<GroupRow> {
  const [first] = some;
  if (first === undefined) throw new Error('A hundred fall below 4,205: see race-world.ts.');
  const { debtAsset, collateralAsset } = first.opportunity;
  const direct = liquidity
    .market(collateralAsset, debtAsset)
    .routes.filter(({ pools }) => pools.length === 1);
  const pool = deepest(
    direct.flatMap(({ pools }) => pools),
    collateralAsset,
  );
  const gasOf = (items: readonly (readonly Call[])[]) =>
    gasOfItems(rpcOf(world.node.url), world.racer.policy.executor, items);
  const debt = some.reduce((sum, { quote }) => sum + quote.debtToCover, 0n);
  const liquidations = some.flatMap(({ opportunity, quote }) => opportunity.encode(quote));
  const each = some.map(({ opportunity, quote }) => [
    pool.encodeExactOut(debtAsset, quote.debtToCover, opportunity.encode(quote)),
  ]);
  const loans = [];
  for (const line of liquidity.creditLines(debtAsset)) {
    const buyBack = pool.encodeExactOut(debtAsset, debt + line.fee(debt), []);
    const gasUsed = await gasOf([[line.encode(debt, [...liquidations, buyBack])]]);
    loans.push({ source: line.source, gasUsed });
  }
  const flashSwap = await gasOf([[pool.encodeExactOut(debtAsset, debt, liquidations)]]);
  return { borrowers: some.length, each: await gasOf(each), flashSwap, loans };
}

function deepest(pools: readonly Pool[], tokenIn: Address): Pool {
  const [best] = pools
    .filter(({ venue }) => venue === 'uniswap-v3')
    .map((pool) => ({ pool, out: pool.quoteExactIn(tokenIn, 10n ** 21n)?.amountOut ?? 0n }))
    .sort((a, b) => (a.out > b.out ? -1 : 1));
  if (best === undefined) throw new Error('The box has a pool of WETH and USDC.');
  return best.pool;
}

const TERMS = { minProfitWei: 0n, bidBps: 9_000n, gasCostWei: 0n, deadlineSeconds: 2 ** 40 };

async function gasOfItems(rpc: Rpc, executor: Address, items: readonly (readonly Call[])[]): Promise<bigint> {
  const data = encodeExecute(
    items.map((calls) => ({ calls, minProfitWei: 1n, gasLimit: 16_000_000n })),
    TERMS,
  );
  const from = deriveAccounts(0).searcherOperator.address;
  const snapshot = await rpc('evm_snapshot');
  const fields = { gas: toQuantity(16_700_000), maxFeePerGas: toQuantity(10n ** 11n) };
  const hash: Hex = String(await rpc('eth_sendTransaction', [{ from, to: executor, data, ...fields }]));
  await rpc('evm_mine');
  const { status, gasUsed } = v.parse(Receipt, await rpc('eth_getTransactionReceipt', [hash]));
  await rpc('evm_revert', [snapshot]);
  if (status !== '0x1') throw new Error('A liquidation of the bench reverted.');
  return BigInt(gasUsed);
}

const Receipt = v.object({ status: v.string(), gasUsed: v.string() });
