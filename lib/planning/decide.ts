import type { TargetBlock } from '../block.ts';
import type { OracleUpdate } from '../domain.ts';
import { changesBy, type TimedPrices } from '../oracles/price-state.ts';
import type { Book } from '../protocols/protocol.ts';
import type { Liquidity } from './liquidity.ts';
import { type Planning, planLiquidations } from './plan.ts';
import type { Terms } from './profit.ts';

export interface DecidedMarket extends TimedPrices {
  readonly books: readonly Book[];
  readonly liquidity: Liquidity;
}

/** Everything that this update opens in the target block, and what is worth doing about it. */
export function decide(
  update: OracleUpdate,
  target: TargetBlock,
  market: DecidedMarket,
  terms: Terms,
): Planning {
  const changes = changesBy(update, market, target);
  const opportunities = market.books.flatMap((book) => book.opportunities(changes, target));
  if (opportunities.length > 0) return planLiquidations(opportunities, market.liquidity, terms);
  return { plans: [], skips: [{ reason: 'opensNothing', numbers: { answer: update.answer } }] };
}
