import type { Address } from '../../../../lib/domain.ts';
import { isLiquidatable } from '../../../../lib/protocols/aave-v3/account.ts';
import { flaggedReserves } from '../../../../lib/protocols/aave-v3/configuration.ts';
import { liquidationPair } from '../../../../lib/protocols/aave-v3/liquidation-pair.ts';
import { liquidationPrice } from '../../../../lib/protocols/aave-v3/liquidation-price.ts';
import type { Account } from '../../../../lib/protocols/aave-v3/state.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import type { Block } from './play.ts';
import { type Progress, predict } from './predict.ts';
import { type Attempt, type Step, stepsOf } from './steps.ts';
import { type ReserveTerms, randomEModeTerms } from './terms.ts';
import { marketOf, type View } from './view.ts';
import { asTuple, randomPrice, type World } from './world.ts';

type Picks<T> = readonly [T, ...T[]];

const ATTEMPTS = 30;
const EVERYTHING = 2n ** 256n - 1n;
const GAPS = [1, 12, 300, 86_400, 2_592_000, 31_536_000, 157_680_000] as const;

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
  const sentinel = random.pick(asTuple([...SENTINELS.keys(), ...SENTINELS.keys(), ZERO]));
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

/** Time passes, prices move, and liquidators try. */
export function randomRound(random: Random, market: FuzzMarket, world: World, view: View): Block {
  const secondsLater = random.pick(GAPS);
  const timestamp = view.timestamp + secondsLater;
  const prices = randomPrices(random, market, world, view, timestamp);
  const start = { market: marketOf(view, timestamp, prices), accounts: view.accounts };
  return { secondsLater, steps: [], prices, attempts: randomAttempts(random, market, world, start) };
}

function randomAttempts(
  random: Random,
  market: FuzzMarket,
  world: World,
  start: Progress,
): readonly Attempt[] {
  const attempts: Attempt[] = [];
  let progress = start;
  const untouched = new Set(start.accounts.keys());
  while (attempts.length < ATTEMPTS && untouched.size > 0) {
    const borrower = randomBorrower(random, progress, [...untouched]);
    const attempt = randomAttempt(random, market, world, progress, borrower);
    const { result, after } = predict(progress, attempt);
    attempts.push(attempt);
    // Stable debt is not followed beyond one liquidation.
    if (result.executed && progress.accounts.get(borrower)?.stableDebts.size) untouched.delete(borrower);
    if (!result.executed && result.reason === 'HealthFactorNotBelowThreshold' && random.chance(0.3)) break;
    progress = after;
  }
  return attempts;
}

/** Mostly one who can be liquidated, and has something left. */
function randomBorrower(random: Random, progress: Progress, borrowers: readonly Address[]): Address {
  const open = borrowers.filter((who) => {
    const account = progress.accounts.get(who);
    const flags = flaggedReserves(account?.userConfiguration ?? 0n);
    return account && flags.some((one) => one.usingAsCollateral) && isLiquidatable(progress.market, account);
  });
  return random.pick(asTuple(open.length > 0 && random.chance(0.88) ? open : borrowers));
}

function randomAttempt(
  random: Random,
  market: FuzzMarket,
  world: World,
  progress: Progress,
  borrower: Address,
): Attempt {
  const account = progress.accounts.get(borrower);
  const flags = flaggedReserves(account?.userConfiguration ?? 0n);
  const choose = (flag: 'borrowing' | 'usingAsCollateral') => {
    const ids = flags.filter((one) => one[flag]).map(({ id }) => id);
    const any = random.integer(0, world.terms.length - 1);
    return ids.length > 0 && random.chance(0.95) ? random.pick(asTuple(ids)) : any;
  };
  const pair = { collateralId: choose('usingAsCollateral'), debtId: choose('borrowing') };
  const self = random.chance(0.03);
  return {
    ...pair,
    borrower,
    liquidator: self ? borrower : market.liquidator,
    debtToCover: randomDebtToCover(random, progress, account, pair),
    receiveAToken: !self && random.chance(0.3),
  };
}

/** Sizes around every edge: nothing, dust, half, all, what the collateral is worth, what leaves $1,000. */
function randomDebtToCover(
  random: Random,
  { market }: Progress,
  account: Account | undefined,
  ids: { readonly collateralId: number; readonly debtId: number },
): bigint {
  const pair = account && liquidationPair(market, account, ids);
  if (pair === undefined || random.chance(0.25)) return EVERYTHING;
  const debt = pair.borrowerReserveDebt;
  const few = BigInt(random.integer(-3, 3));
  const bonus = pair.liquidationBonus || 10_000n;
  const collateralValue = pair.borrowerCollateralBalance * pair.collateralPrice * pair.debt.unit * 10_000n;
  const coveredByCollateral = collateralValue / (pair.collateral.unit * pair.debtPrice * bonus);
  const aThousand = (10n ** 11n * pair.debt.unit) / pair.debtPrice;
  const amount = random.pick([
    BigInt(random.integer(0, 12)),
    debt + few,
    debt / 2n + few,
    (debt * BigInt(random.integer(1, 10_000))) / 10_000n,
    random.amount(1, Math.max(2, debt.toString(2).length)),
    coveredByCollateral + few,
    coveredByCollateral - aThousand + few,
    debt - aThousand + few,
    aThousand + few,
  ]);
  return amount < 0n ? 0n : amount;
}

function randomPrices(
  random: Random,
  market: FuzzMarket,
  world: World,
  view: View,
  timestamp: number,
): ReadonlyMap<Address, bigint> {
  const assets = [...world.prices.keys()];
  const one = random.pick(asTuple(assets));
  const now = (asset: Address) => view.prices.get(asset) ?? 1n;
  const scaled = (asset: Address, low: number, high: number) => {
    const answer = (now(asset) * BigInt(random.integer(low, high))) / 10_000n;
    return answer > 0n ? answer : 1n;
  };
  const style = random.fraction();
  if (style < 0.6) return pricesAround(random, market, view, timestamp);
  if (style < 0.75) return new Map(assets.map((asset) => [asset, scaled(asset, 6_000, 13_000)]));
  if (style < 0.82) return new Map([[one, scaled(one, 1, 5_000)]]);
  if (style < 0.86) return new Map([[one, scaled(one, 15_000, 500_000)]]);
  if (style < 0.91) return new Map([[one, random.pick([0n, -5n])]]);
  if (style < 0.94) return new Map([[one, randomPrice(random)]]);
  return world.prices;
}

/** At the very tick where somebody turns, one beyond, or some way beyond it. */
function pricesAround(
  random: Random,
  market: FuzzMarket,
  view: View,
  timestamp: number,
): ReadonlyMap<Address, bigint> {
  const moved = new Map<Address, bigint>();
  for (const account of view.accounts.values()) {
    if (!random.chance(0.4)) continue;
    const ids = flaggedReserves(account.userConfiguration).map(({ id }) => id);
    const asset = market.reserves[random.pick(asTuple(ids))]?.token ?? '';
    const at = (answer: bigint) => marketOf(view, timestamp, new Map([...moved, [asset, answer]]));
    const turn = liquidationPrice(account, at, view.prices.get(asset) ?? 1n);
    if (turn === undefined) continue;
    const beyond = (answer: bigint) => (turn.liquidatable === 'below' ? -answer : answer);
    const far = (turn.answer * BigInt(random.integer(1, 900))) / 10_000n;
    const answer = turn.answer + beyond(random.pick([0n, 1n, 1n, far, far, far, far]));
    moved.set(asset, answer > 0n ? answer : 1n);
  }
  return moved;
}
