import { expect, test } from 'vitest';
import type { Opportunity } from '../../lib/domain.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import { planLiquidations } from '../../lib/planning/plan.ts';
import { opportunitiesOf } from '../../lib/protocols/aave-v3/opportunity.ts';
import { Random } from '../support/fuzz/random.ts';
import { bruteForceSequences } from '../support/optimiser/brute-sequences.ts';
import { type InMemory, inMemory } from '../support/optimiser/in-memory.ts';
import { randomWorld, WETH } from '../support/optimiser/world.ts';

function plan({ tokens, pools, lines, gasPriceWei }: InMemory, opportunities: readonly Opportunity[]) {
  const liquidity = liquidityOf(tokens[WETH] ?? '', pools, lines);
  const terms = { gasPriceWei, fixedGas: 0n, bidBps: 0n, minProfitWei: 0n };
  const { plans } = planLiquidations(opportunities, liquidity, terms);
  return { plans, netWei: plans.reduce((sum, { profitWei }) => sum + profitWei, 0n) };
}

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

test('pairs one after the other: more than the best alone, within 2 % of brute force over all, never less', async () => {
  let [worlds, several, aloneWei, plannedWei, bestWei] = [0, 0, 0n, 0n, 0n];
  for (let seed = 0; worlds < 120; seed += 1) {
    const arena = inMemory(randomWorld(new Random(9_000_000 + seed)));
    const opportunities = opportunitiesOf(arena.aavePool, arena.market, arena.account);
    if (arena.pairs.length === 1 || opportunities.length === 0) continue;
    worlds += 1;
    const planned = plan(arena, opportunities);
    const alone = plan(
      arena,
      opportunities.map(({ sequel: _, ...opportunity }) => opportunity),
    );
    const brute = (await bruteForceSequences(arena))?.netWei ?? 0n;
    expect(planned.netWei).toBeGreaterThanOrEqual(alone.netWei);
    expect(alone.plans.length).toBeLessThan(2);
    if (planned.plans.length > 1) several += 1;
    aloneWei += alone.netWei;
    plannedWei += planned.netWei;
    bestWei += most(planned.netWei, brute);
  }
  expect(several).toBeGreaterThan(30);
  expect(Number(plannedWei) / Number(aloneWei)).toBeGreaterThan(1.05);
  expect(Number(plannedWei) / Number(bestWei)).toBeGreaterThan(0.98);
});
