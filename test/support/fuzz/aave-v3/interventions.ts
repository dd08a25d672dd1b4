import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import { asPicks, type Picks } from './picks.ts';
import type { Block } from './play.ts';
import { type Step, stepsOf } from './steps.ts';
import { type ReserveTerms, randomEModeTerms } from './terms.ts';
import type { View } from './view.ts';
import type { World } from './world.ts';

/** Code that answers 0, or 1, to whatever it is asked: a sentinel that says no, or yes. */
export const SENTINELS = new Map([
  ['0x00000000000000000000000000000000000005E0', '0x5f5f5260205ff3'],
  ['0x00000000000000000000000000000000000005e1', '0x60015f5260205ff3'],
]);

/** What governance changes under the feet of those who owe already; `undefined` for most rounds. */
export function randomIntervention(
  random: Random,
  market: FuzzMarket,
  world: World,
  view: View,
): Block | undefined {
  if (!random.chance(0.45)) return undefined;
  const steps = stepsOf(market);
  const id = random.integer(0, world.terms.length - 1);
  const terms = world.terms[id];
  if (terms === undefined) return undefined;
  const change = () => [steps.configure(id, { ...terms, ...randomChange(random) })];
  const restore = () => world.terms.map((restored, each) => steps.configure(each, restored));
  const until = view.timestamp + random.pick([0, 13, 24, 25, 400, 100_000]);
  const sentinel = random.pick(asPicks([...SENTINELS.keys(), ...SENTINELS.keys(), ZERO]));
  const interventions: Picks<() => readonly Step[]> = [
    change,
    change,
    change,
    restore,
    () => [steps.setGracePeriod(id, until)],
    () => [steps.setSentinel(sentinel)],
    () => steps.setEMode(random.integer(1, 2), randomEModeTerms(random)),
    () => [steps.borrow(market.supplier, id, almostAll(random, view, id))],
  ];
  return { secondsLater: 12, steps: random.pick(interventions)(), prices: new Map(), attempts: [] };
}

/** So much of what is in the reserve that its collateral cannot all be paid out. */
function almostAll(random: Random, view: View, id: number): bigint {
  const reserve = view.pool.reserves[id];
  const held = reserve?.virtualUnderlyingBalance ?? reserve?.underlyingBalance ?? 0n;
  return (held * BigInt(random.integer(900, 1_000))) / 1_000n;
}

const ZERO = '0x0000000000000000000000000000000000000000';

function randomChange(random: Random): Partial<ReserveTerms> {
  const changes: Picks<Partial<ReserveTerms>> = [
    { paused: true },
    { frozen: true, ltv: 0 },
    { active: false },
    { liquidationThreshold: 0, ltv: 0 },
    { liquidationThreshold: 0, ltv: 0, liquidationBonus: 0 },
    { liquidationThreshold: 0, ltv: 0, liquidationBonus: 0, liquidationProtocolFee: 0 },
    { liquidationThreshold: random.integer(100, 9_900) },
    { liquidationBonus: random.integer(10_001, 15_000) },
    { liquidationBonus: 0 },
    { liquidationProtocolFee: random.integer(0, 10_000) },
    { ltv: 0 },
    { eModeCategory: random.integer(0, 2) },
  ];
  return random.pick(changes);
}
