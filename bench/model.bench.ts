import { performance } from 'node:perf_hooks';
import { renderTable } from '../bin/table.ts';
import type { Opportunity } from '../lib/domain.ts';
import { chosen, positionOf, weigh } from '../lib/planning/choice.ts';
import { liquidityOf } from '../lib/planning/liquidity.ts';
import { planLiquidations } from '../lib/planning/plan.ts';
import { bestSequence } from '../lib/planning/sequence.ts';
import { calculateUserAccountData } from '../lib/protocols/aave-v3/account.ts';
import { liquidateBy } from '../lib/protocols/aave-v3/legal-sizes.ts';
import { opportunitiesOf } from '../lib/protocols/aave-v3/opportunity.ts';
import { inMemory } from '../test/support/optimiser/in-memory.ts';
import type { World } from '../test/support/optimiser/world.ts';
import { percentilesOf } from './statistics.ts';

const TARGET_MS = 1;

/**
 * The exact model of Aave V3.6 and the optimiser on it, for a borrower with 3 collaterals, 2 debts and 4 pools, and
 * for many of them at once on the same pools: `--seconds` for each row.
 */
export async function run([option, value]: readonly string[]): Promise<void> {
  const seconds = option === '--seconds' ? Number(value) : 2;
  const rows = [
    ...modelRows(borrower(DEEP_USD), seconds),
    ...optimiserRows('deep pools', borrower(DEEP_USD), seconds),
    ...optimiserRows('shallow pools', borrower(SHALLOW_USD), seconds),
    ...[10, 100].map((count) => jointRow(count, borrower(DEEP_USD), seconds)),
  ];
  const columns = ['', 'per second', 'p50 ms', 'p99 ms'].map(
    (title, index) => ({ title, align: index === 0 ? 'left' : 'point' }) as const,
  );
  console.log(renderTable(columns, rows.map(cells)));
  for (const { name, p50, isTarget } of rows) {
    if (isTarget) console.log(`${p50 < TARGET_MS ? 'met   ' : 'MISSED'} ${name} p50 < ${TARGET_MS} ms`);
  }
}

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly isTarget: boolean;
}

function modelRows(world: World, seconds: number): readonly Row[] {
  const { market, account, debtOf } = inMemory(world);
  const liquidate = liquidateBy(market, account, { debtId: USDC, collateralId: WETH });
  const debt = debtOf(USDC);
  let size = debt / 4n;
  return [
    measured('account data', seconds, () => calculateUserAccountData(market, account)),
    measured('liquidation', seconds, () => {
      size += 1n;
      return liquidate(size);
    }),
  ];
}

function optimiserRows(name: string, world: World, seconds: number): readonly Row[] {
  const { aavePool, market, account, tokens, pools, lines, gasPriceWei } = inMemory(world);
  const find = () => opportunitiesOf(aavePool, market, account);
  const found = find();
  const resident = liquidityOf(tokens[WETH] ?? '', pools, lines);
  const best = (opportunities: readonly Opportunity[]) => {
    const weighed = weigh(positionOf(opportunities, resident), resident, gasPriceWei);
    const choice = chosen(weighed, gasPriceWei);
    return choice && bestSequence({ weighed, choice }, resident, gasPriceWei);
  };
  return [
    measured(`opportunities, ${name}`, seconds, find),
    measured(`optimiser, ${name}`, seconds, () => best(found)),
    { ...measured(`both, ${name}`, seconds, () => best(find())), isTarget: true },
  ];
}

/** Everything from the first opportunity to the last call, for so many who fall at once and share the pools. */
function jointRow(count: number, world: World, seconds: number): Row {
  const { aavePool, market, account, tokens, pools, lines, gasPriceWei } = inMemory(world);
  const accounts = Array.from({ length: count }, (_, n) => ({ ...account, address: tokens[n % 5] ?? '' }));
  const found = accounts.flatMap((one, n) =>
    opportunitiesOf(aavePool, market, one).map((opportunity) => ({ ...opportunity, position: `${n}` })),
  );
  const resident = liquidityOf(tokens[WETH] ?? '', pools, lines);
  const terms = { gasPriceWei, fixedGas: 100_000n, bidBps: 9_000n, minProfitWei: 0n };
  return measured(`plans for ${count} at once`, seconds, () => planLiquidations(found, resident, terms));
}

/** After a quarter of the time to warm up. */
function measured(name: string, seconds: number, once: () => unknown): Row {
  samplesOf(seconds / 4, once);
  const samples = samplesOf(seconds, once);
  const { p50, p99 } = percentilesOf(samples);
  const total = samples.reduce((sum, sample) => sum + sample, 0);
  return { name, perSecond: (samples.length / total) * 1000, p50, p99, isTarget: false };
}

function samplesOf(seconds: number, once: () => unknown): readonly number[] {
  const samples: number[] = [];
  const until = performance.now() + seconds * 1000;
  for (let start = performance.now(); start < until; start = performance.now()) {
    once();
    samples.push(performance.now() - start);
  }
  return samples;
}

const cells = ({ name, perSecond, p50, p99 }: Row): readonly string[] => [
  name,
  perSecond.toFixed(0),
  p50.toFixed(4),
  p99.toFixed(4),
];

const [WETH, WBTC, STETH, USDC, DAI] = [0, 1, 2, 3, 4];
const DEEP_USD = 200_000_000;
const SHALLOW_USD = 4_000_000;

/** Owes $2,000,000 in two dollars against three collaterals, at a health factor of 0.97. */
function borrower(poolUsd: number): World {
  const terms = { thresholdBps: 8_300, bonusBps: 10_500, protocolFeeBps: 1_000 };
  const pool = (tokens: readonly [number, number], fee: 100 | 500 | 3000) => ({
    ...{ tokens, fee, priceRatio: 1.001 },
    positions: [undefined, 3_000, 900, 300, 120, 60].map((halfWidth, index) => ({
      ...{ usd: poolUsd / 6, halfWidth, shift: 40 * index },
    })),
  });
  return {
    tokens: [
      { symbol: 'WETH', decimals: 18, priceUsd: 3_000, ...terms },
      { symbol: 'WBTC', decimals: 8, priceUsd: 100_000, ...terms },
      { symbol: 'stETH', decimals: 18, priceUsd: 3_600, ...terms },
      { symbol: 'USDC', decimals: 6, priceUsd: 1, ...terms },
      { symbol: 'DAI', decimals: 18, priceUsd: 1, ...terms },
    ],
    pools: [
      ...[pool([WETH, USDC], 500), pool([WETH, DAI], 3000)],
      ...[pool([WBTC, WETH], 3000), pool([STETH, WETH], 100)],
    ],
    collateralUsd: new Map(
      [WETH, WBTC, STETH].map((id, index) => [id, [1_100_000, 800_000, 437_000][index] ?? 0]),
    ),
    debtUsd: new Map([
      [USDC, 1_200_000],
      [DAI, 800_000],
    ]),
    gasPriceGwei: 2,
  };
}
