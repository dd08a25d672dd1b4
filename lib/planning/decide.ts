import type { TargetBlock } from '../block.ts';
import type { OracleUpdate } from '../domain.ts';
import type { Book } from '../protocols/protocol.ts';
import type { Liquidity } from './liquidity.ts';
import { type Planning, planLiquidations } from './plan.ts';
import type { Terms } from './profit.ts';

/** Everything that this update opens in the target block, and what is worth doing about it. */
export function decide(
  update: OracleUpdate,
  target: TargetBlock,
  { books, liquidity }: { readonly books: readonly Book[]; readonly liquidity: Liquidity },
  terms: Terms,
): Planning {
  const opportunities = books.flatMap((book) => book.opportunities(update, target));
  if (opportunities.length > 0) return planLiquidations(opportunities, liquidity, terms);
  return { plans: [], skips: [{ reason: 'opensNothing', numbers: { answer: update.answer } }] };
}
