import type { LiquidationPlan, Opportunity } from '../../../lib/domain.ts';
import { liquidityOf } from '../../../lib/planning/liquidity.ts';
import { planLiquidations } from '../../../lib/planning/plan.ts';
import { opportunitiesOf } from '../../../lib/protocols/aave-v3/opportunity.ts';
import { type Arena, bruteForce, oneCall } from '../optimiser/brute-force.ts';
import { type OptimiserChain, startOptimiserChain } from '../optimiser/chain.ts';
import { inMemory } from '../optimiser/in-memory.ts';
import { type Scene, withScene } from '../optimiser/scene.ts';
import { randomWorld, WETH, type World } from '../optimiser/world.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { Random } from './random.ts';

/** Random worlds on the real Aave V3.6 and Uniswap V3: plans and brute force both carried out on the contracts. */
export async function fuzzOptimiser(options: FuzzOptions): Promise<FuzzResult> {
  const chain = await startOptimiserChain();
  try {
    return await overWorlds(options, (world) => differencesOnChain(chain, world));
  } finally {
    await chain.stop();
  }
}

/** The same on the models alone, many times faster. */
export const fuzzOptimiserInMemory = (options: FuzzOptions): Promise<FuzzResult> =>
  overWorlds(options, (world) => {
    const arena = inMemory(world);
    const { aavePool, market, account } = arena;
    return compared(arena, opportunitiesOf(aavePool, market, account));
  });

interface Compared {
  readonly plan: LiquidationPlan | undefined;
  readonly differences: readonly string[];
}

async function overWorlds(
  { cases, seed, report }: FuzzOptions,
  play: (world: World) => Promise<Compared>,
): Promise<FuzzResult> {
  const counts: Record<string, number> = {};
  let mismatches = 0;
  for (let number = 0; number < cases; number += 1) {
    const worldSeed = seed * 1_000_003 + number;
    const { plan, differences } = await play(randomWorld(new Random(worldSeed)));
    const kind = plan === undefined ? 'nothing to gain' : `${plan.steps} calls, ${plan.funding}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (differences.length > 0) mismatches += 1;
    for (const difference of differences) report(`world ${worldSeed}: ${difference}`);
  }
  return { cases, mismatches, counts };
}

async function differencesOnChain(chain: OptimiserChain, world: World): Promise<Compared> {
  return withScene(chain, world, async (scene) => {
    const { plan, differences } = await compared(scene, scene.opportunities);
    return {
      plan,
      differences: [...differences, ...(await notAsPlanned(scene, plan)), ...(await notAsQuoted(scene))],
    };
  });
}

/** The plan against brute force, and against the plain liquidation that everybody knows. */
async function compared(arena: Arena, opportunities: readonly Opportunity[]): Promise<Compared> {
  const { tokens, pools, lines, gasPriceWei } = arena;
  const terms = { gasPriceWei, fixedGas: 0n, bidBps: 0n, minProfitWei: 0n };
  const { plans } = planLiquidations(opportunities, liquidityOf(tokens[WETH] ?? '', pools, lines), terms);
  const [plan] = plans;
  const planned = plan?.profitWei ?? 0n;
  const [brute, plain] = [await bruteForce(arena), await oneCall(arena)];
  const differences = [
    ...(brute !== undefined && planned < brute.netWei - brute.netWei / TOLERANCE - DUST_WEI
      ? [`planned ${told(plan)}, brute force found ${told(brute)}`]
      : []),
    ...(plain !== undefined && planned < plain.netWei
      ? [`planned ${told(plan)}, one full call leaves ${told(plain)}`]
      : []),
  ];
  return { plan, differences };
}

/** 0.01 % */
const TOLERANCE = 10_000n;
/** What a unit of the coarsest token is worth: 0.00000001 BTC. */
const DUST_WEI = 10n ** 12n;

/** What the executor really gains, to the wei. */
async function notAsPlanned(scene: Scene, plan: LiquidationPlan | undefined): Promise<readonly string[]> {
  if (plan === undefined) return [];
  const executed = await scene.execute(plan.calls);
  return executed?.profitWei === plan.grossProfitWei
    ? []
    : [`planned ${told(plan)}, executed for ${executed?.profitWei ?? 'nothing'}`];
}

/** Every opportunity in its largest size, called directly. */
async function notAsQuoted({ opportunities, liquidate }: Scene): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const one of opportunities.filter(({ seizes }) => seizes === 'underlying')) {
    const quote = one.quote(one.maxDebtToCover);
    const done = quote && (await liquidate(one.encode(quote)));
    const sum = (amount: 'debtToCover' | 'seizedCollateral') =>
      done?.reduce((total, log) => total + log[amount], 0n);
    const isSame =
      sum('debtToCover') === quote?.debtToCover && sum('seizedCollateral') === quote?.seizedCollateral;
    if (!isSame || done?.length !== one.steps)
      differences.push(`${one.steps} calls quoted ${told(quote)}, done ${told(done)}`);
  }
  return differences;
}

const told = (what: unknown): string =>
  JSON.stringify(what, (key, value) =>
    key === 'calls' ? undefined : typeof value === 'bigint' ? `${value}` : value,
  );
