import type { TargetBlock } from '../block.ts';
import type { Skip } from '../decision.ts';
import type { Opportunity, OracleUpdate } from '../domain.ts';
import type { Address } from '../hex.ts';
import { changesBy, type TimedPrices } from '../oracles/price-state.ts';
import type { Book } from '../protocols/book.ts';
import type { Liquidity } from './liquidity.ts';
import { type Planning, planLiquidations } from './plan.ts';
import type { Terms } from './profit.ts';

export interface DecidedMarket extends TimedPrices {
  readonly books: readonly Book[];
  readonly liquidity: Liquidity;
  /** Of whom the books have been wrong: they are left alone. */
  readonly quarantined?: ReadonlySet<Address>;
}

/** Everything that this update opens in the target block, and what is worth doing about it. */
export function decide(
  update: OracleUpdate,
  target: TargetBlock,
  market: DecidedMarket,
  terms: Terms,
): Planning {
  const changes = changesBy(update, market, target);
  const found = market.books.flatMap((book) => book.opportunities(changes, target));
  if (found.length === 0)
    return { plans: [], skips: [{ reason: 'opensNothing', numbers: { answer: update.answer } }] };
  const isTrusted = ({ borrower }: Opportunity) => market.quarantined?.has(borrower) !== true;
  const { plans, skips } = planLiquidations(found.filter(isTrusted), market.liquidity, terms);
  return { plans, skips: [...skips, ...distrusted(found.filter((one) => !isTrusted(one)))] };
}

/** Each borrower once. */
function distrusted(opportunities: readonly Opportunity[]): readonly Skip[] {
  const borrowers = new Map(opportunities.map((one) => [`${one.protocol} ${one.borrower}`, one]));
  return [...borrowers.values()].map(({ protocol, borrower }) => ({
    ...{ reason: 'quarantined', protocol, borrower, numbers: {} },
  }));
}
