import type { Address } from '../../../../lib/hex.ts';
import { isLiquidatable } from '../../../../lib/protocols/aave-v3/account.ts';
import { flaggedReserves } from '../../../../lib/protocols/aave-v3/configuration.ts';
import { liquidationPair } from '../../../../lib/protocols/aave-v3/liquidation-pair.ts';
import type { Account } from '../../../../lib/protocols/aave-v3/state.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import { asPicks } from './picks.ts';
import type { Block } from './play.ts';
import { type Progress, predict } from './predict.ts';
import { randomPrices } from './price-moves.ts';
import type { Attempt } from './steps.ts';
import { marketOf, type View } from './view.ts';
import type { World } from './world.ts';

const ATTEMPTS = 30;
const EVERYTHING = 2n ** 256n - 1n;
const GAPS = [1, 12, 300, 86_400, 2_592_000, 31_536_000, 157_680_000] as const;

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
  return random.pick(asPicks(open.length > 0 && random.chance(0.88) ? open : borrowers));
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
    return ids.length > 0 && random.chance(0.95) ? random.pick(asPicks(ids)) : any;
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
