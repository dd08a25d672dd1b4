import { max, min } from '../../math/fixed-point.ts';
import { calculateUserAccountData, isLiquidatable } from './account.ts';
import type { Market } from './accrual.ts';
import type { Account } from './state.ts';

/** Where an account turns: at `answer` it is safe, one tick to the `liquidatable` side it is not. */
export interface LiquidationPrice {
  readonly answer: bigint;
  readonly liquidatable: 'below' | 'above';
}

/** Beyond this no answer of a feed makes sense, and products would leave 256 bits. */
const MAX_ANSWER = 2n ** 128n;

/**
 * The answer of one feed at which the account becomes liquidatable, all else equal; `undefined` where no
 * answer does. Exact: bisects the model itself, from a bracket around the crossing of two straight lines.
 * Before 3.5 the average threshold is floored to whole bps and the health factor may cross 1 more than once
 * within such a step; this is the crossing nearest to that of the lines.
 *
 * @param marketAt the market as it is when the feed answers this
 * @param anyAnswer a positive answer, best the present one: where the lines are drawn through
 */
export function liquidationPrice(
  account: Account,
  marketAt: (answer: bigint) => Market,
  anyAnswer: bigint,
): LiquidationPrice | undefined {
  const liquidatableAt = (answer: bigint) => isLiquidatable(marketAt(answer), account);
  const bracket = widen(crossingOfLines(account, marketAt, anyAnswer), liquidatableAt);
  return bracket && bisect(bracket, liquidatableAt);
}

/** Counted collateral and debt are straight lines in the answer, up to rounding: where do they meet? */
function crossingOfLines(account: Account, marketAt: (answer: bigint) => Market, answer: bigint): bigint {
  const here = surplus(account, marketAt(answer));
  const there = surplus(account, marketAt(2n * answer));
  if (here === undefined || there === undefined || here === there) return answer;
  return answer - (here * answer) / (there - here);
}

/** Counted collateral less debt, in base currency × 1e4. */
function surplus(account: Account, market: Market): bigint | undefined {
  const data = calculateUserAccountData(market, account);
  return data && data.weightedThreshold - data.totalDebtBase * 10_000n;
}

interface Bracket {
  readonly low: bigint;
  readonly high: bigint;
}

/** Doubles the distance around the guess until its two ends disagree. */
function widen(guess: bigint, liquidatableAt: (answer: bigint) => boolean): Bracket | undefined {
  for (let distance = 1n; ; distance *= 2n) {
    const low = max(1n, guess - distance);
    const high = max(low, min(MAX_ANSWER, guess + distance));
    if (liquidatableAt(low) !== liquidatableAt(high)) return { low, high };
    if (low === 1n && high === MAX_ANSWER) return undefined;
    if (distance > 2n * MAX_ANSWER) return undefined;
  }
}

function bisect(bracket: Bracket, liquidatableAt: (answer: bigint) => boolean): LiquidationPrice {
  let { low, high } = bracket;
  const below = liquidatableAt(low);
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (liquidatableAt(middle) === below) low = middle;
    else high = middle;
  }
  return below ? { answer: high, liquidatable: 'below' } : { answer: low, liquidatable: 'above' };
}
