import { expect, test } from 'vitest';
import type { Opportunity } from '../../lib/domain.ts';
import { amountsOf, approachesTo, wayAt } from '../../lib/planning/approach.ts';
import { candidateOf } from '../../lib/planning/candidate.ts';
import { exactly } from '../../lib/planning/choice.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import { Prospect } from '../../lib/planning/size.ts';
import { opportunitiesOf } from '../../lib/protocols/aave-v3/opportunity.ts';
import { Random } from '../support/fuzz/random.ts';
import { inMemory } from '../support/optimiser/in-memory.ts';
import { randomWorld, WETH } from '../support/optimiser/world.ts';

/** Every way of the borrower of a random world, on the markets that suit its largest size. */
function prospectsIn(seed: number, gasFactor: bigint): readonly Prospect[] {
  const world = inMemory(randomWorld(new Random(seed)));
  const liquidity = liquidityOf(world.tokens[WETH] ?? '', world.pools, world.lines);
  const gasPriceWei = Number(world.gasPriceWei * gasFactor);
  const prospectsOf = (opportunity: Opportunity) => {
    const candidate = candidateOf(opportunity, liquidity);
    return approachesTo(candidate, liquidity).flatMap((approach) =>
      candidate.spans.flatMap((span) => {
        const way = wayAt(approach, amountsOf(span.top, Number(span.top.debtToCover)), gasPriceWei);
        return way ? [new Prospect(way, span, gasPriceWei)] : [];
      }),
    );
  };
  return opportunitiesOf(world.aavePool, world.market, world.account)
    .filter(({ seizes }) => seizes === 'underlying')
    .flatMap(prospectsOf);
}

const WORLDS = 60;
const SHARES = Array.from({ length: 300 }, (_, n) => ((n + 1) / 300) ** 3);

/** The best of three hundred sizes, most of them small. */
function scanned(prospect: Prospect): number {
  const [low, high] = [Number(prospect.span.low), Number(prospect.most)];
  return Math.max(...SHARES.map((share) => prospect.at(low + (high - low) * share).netWei));
}

test.each([
  ['ordinary', 1n],
  ['dear', 40n],
])('no size leaves more than the one found, where gas is %s', (_, gasFactor) => {
  const found = { within: 0, whole: 0 };
  for (let seed = 0; seed < WORLDS; seed += 1) {
    for (const prospect of prospectsIn(seed, gasFactor)) {
      const best = prospect.best();
      if (best === undefined) continue;
      found[best.size < Number(prospect.most) ? 'within' : 'whole'] += 1;
      const scan = scanned(prospect);
      expect(best.netWei).toBeGreaterThanOrEqual(scan - Math.abs(scan) * 1e-5 - DUST_WEI);
    }
  }
  expect(found.within).toBeGreaterThan(20);
  expect(found.whole).toBeGreaterThan(20);
});

test('what it leaves is what the exact quote leaves', () => {
  let compared = 0;
  for (let seed = 0; seed < WORLDS; seed += 1) {
    for (const prospect of prospectsIn(seed, 1n)) {
      const look = prospect.best();
      const choice = look && exactly({ prospect, look }, GAS_PRICE_WEI);
      if (look === undefined || choice === undefined) continue;
      compared += 1;
      expect(choice.deal.gasUsed).toBe(BigInt(look.gasUsed));
      const soldWei = Number(choice.deal.sale.amountOut);
      const netWei = look.netWei + look.gasUsed * prospect.gasPriceWei;
      const difference = Math.abs(Number(choice.deal.grossProfitWei) - netWei);
      expect(difference).toBeLessThanOrEqual(soldWei * 1e-8 + 20 * DUST_WEI);
    }
  }
  expect(compared).toBeGreaterThan(100);
});

const GAS_PRICE_WEI = 10n ** 9n;
/** What a unit of the coarsest token is worth: 0.00000001 BTC. */
const DUST_WEI = 10 ** 12;
