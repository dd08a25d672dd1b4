import { formatEther } from 'ethers';
import { renderTable } from '../bin/table.ts';
import type { Call } from '../lib/call.ts';
import type { LiquidationQuote } from '../lib/domain.ts';
import { amountsOf, approachesTo, wayAt } from '../lib/planning/approach.ts';
import { candidateOf } from '../lib/planning/candidate.ts';
import { type Liquidity, liquidityOf } from '../lib/planning/liquidity.ts';
import { dealOf, encodeDeal, fundingOf, type Way } from '../lib/planning/ways.ts';
import type { Pool } from '../lib/venues/venue.ts';
import { type FundingStage, openFundingStage } from './funding-stage.ts';

const GAS_PRICE_WEI = 5n * 10n ** 9n;
const EXECUTE_GAS = 130_000n;

/**
 * The same liquidation through every source of funds, on real contracts, in one run: gas and profit as the chain
 * counts them, and whether it ranks the sources as the planner does.
 */
export async function run(): Promise<void> {
  const stage = await openFundingStage();
  try {
    print(await measure(stage));
  } finally {
    await stage.close();
  }
}

interface Source {
  readonly name: string;
  readonly calls: readonly Call[];
  /** Of the debt, held before. */
  readonly inventory: bigint;
  readonly plannedWei: bigint;
}

interface Row extends Source {
  readonly gasUsed: bigint;
  readonly gainedWei: bigint;
  readonly netWei: bigint;
}

async function measure(stage: FundingStage): Promise<readonly Row[]> {
  const { opportunity } = stage;
  const quote = opportunity.quote(opportunity.maxDebtToCover);
  if (quote === undefined) throw new Error('The whole of what the protocol allows is always legal.');
  const rows: Row[] = [];
  for (const source of [ownInventory(stage, quote), ...fundedSources(stage, quote)]) {
    const { gasUsed, gainedWei } = await stage.execute(source.calls, source.inventory);
    rows.push({ ...source, gasUsed, gainedWei, netWei: gainedWei - gasUsed * GAS_PRICE_WEI });
  }
  return rows;
}

/** Repays from what is held, then buys it back in the same pool that all loans buy it back in. */
function ownInventory({ opportunity, pools }: FundingStage, quote: LiquidationQuote): Source {
  const pool = poolOf(pools, 'uniswap-v3');
  const swap = pool.quoteExactOut(opportunity.debtAsset, quote.debtToCover);
  if (swap === undefined) throw new Error('The deep pool of the box carries its first borrower.');
  const gasUsed = quote.gasUsed + swap.gasUsed + EXECUTE_GAS;
  return {
    name: 'own inventory',
    calls: [...opportunity.encode(quote), pool.encodeExactOut(opportunity.debtAsset, quote.debtToCover, [])],
    inventory: quote.debtToCover,
    plannedWei: quote.seizedCollateral - swap.amountIn - gasUsed * GAS_PRICE_WEI,
  };
}

/** Every flash-swap in its own pool; every loan with the pool of V3. */
function fundedSources({ opportunity, weth, pools, lines }: FundingStage, quote: LiquidationQuote) {
  const swaps = pools.map((pool) => liquidityOf(weth, [pool], []));
  const loans = lines.map((line) => liquidityOf(weth, [poolOf(pools, 'uniswap-v3')], [line]));
  const waysIn = (liquidity: Liquidity): readonly Way[] =>
    approachesTo(candidateOf(opportunity, liquidity), liquidity).flatMap(
      (approach) => wayAt(approach, amountsOf(quote, Number(quote.debtToCover)), Number(GAS_PRICE_WEI)) ?? [],
    );
  const ways = [...swaps.flatMap(waysIn), ...loans.flatMap(waysIn).filter(({ loan }) => loan !== undefined)];
  return ways.flatMap((way): Source[] => {
    const deal = dealOf(way, quote);
    if (deal === undefined) return [];
    const plannedWei = deal.grossProfitWei - (deal.gasUsed + EXECUTE_GAS) * GAS_PRICE_WEI;
    return [{ name: fundingOf(way), calls: encodeDeal(way, quote, deal), inventory: 0n, plannedWei }];
  });
}

function poolOf(pools: readonly Pool[], venue: string): Pool {
  const pool = pools.find((one) => one.venue === venue);
  if (pool === undefined) throw new Error(`The box has a pool of ${venue} for every stable coin.`);
  return pool;
}

function print(rows: readonly Row[]): void {
  const [own, ...funded] = rows;
  const ranked = [...funded].sort((a, b) => Number(b.netWei - a.netWei));
  const columns = ['source', 'gas', 'more than own', 'gross ETH', 'net ETH', 'planned net ETH'].map(
    (title, index) => ({ title, align: index === 0 ? 'left' : 'point' }) as const,
  );
  const cells = [...(own ? [own] : []), ...ranked].map(({ name, gasUsed, gainedWei, netWei, plannedWei }) => [
    ...[name, `${gasUsed}`, own ? `${gasUsed - own.gasUsed}` : ''],
    ...[gainedWei, netWei, plannedWei].map(formatEther),
  ]);
  console.log(`At ${GAS_PRICE_WEI / 10n ** 9n} gwei, the most profitable first:`);
  console.log(renderTable(columns, cells));
  const swap = funded.find(({ name }) => name === 'uniswap-v3-flash-swap');
  const isCheap = own !== undefined && swap !== undefined && swap.gasUsed * 100n <= own.gasUsed * 101n;
  console.log(`${isCheap ? 'met   ' : 'MISSED'} V3 flash-swap within 1 % of own inventory's gas`);
  const planned = [...funded].sort((a, b) => Number(b.plannedWei - a.plannedWei));
  const isSame = planned.map(({ name }) => name).join() === ranked.map(({ name }) => name).join();
  console.log(`${isSame ? 'met   ' : 'MISSED'} the planner's ranking is the chain's`);
}
