import type { TargetBlock } from '../block.ts';
import type { Skip } from '../decision.ts';
import type { Opportunity, OracleUpdate } from '../domain.ts';
import type { Address } from '../hex.ts';
import { changesBy, type TimedPrices } from '../oracles/price-state.ts';
import type { PriceChange } from '../price-change.ts';
import type { Book } from '../protocols/book.ts';
import type { Liquidity } from './liquidity.ts';
import { type Planning, planLiquidations } from './plan.ts';
import type { Terms } from './profit.ts';

export interface DecidedMarket extends TimedPrices {
  readonly books: readonly Book[];
  readonly liquidity: Liquidity;
  /** Of whom a book has been wrong: they are left alone in that one. */
  readonly quarantined?: ReadonlyMap<Book, ReadonlySet<Address>>;
}

/** Everything that this update opens in the target block, and what is worth doing about it. */
export function decide(
  update: OracleUpdate,
  target: TargetBlock,
  market: DecidedMarket,
  terms: Terms,
): Planning {
  const changes = changesBy(update, market, target);
  const opened = market.books.map((book) => openedBy(book, changes, target, market.quarantined?.get(book)));
  const [trusted, others] = [opened.flatMap((one) => one.trusted), opened.flatMap((one) => one.others)];
  if (trusted.length === 0 && others.length === 0)
    return { plans: [], skips: [{ reason: 'opensNothing', numbers: { answer: update.answer } }] };
  const { plans, skips } = planLiquidations(trusted, market.liquidity, terms);
  return { plans, skips: [...skips, ...distrusted(others)] };
}

function openedBy(
  book: Book,
  changes: readonly PriceChange[],
  target: TargetBlock,
  quarantined: ReadonlySet<Address> = NOBODY,
) {
  const found = book.opportunities(changes, target);
  if (quarantined.size === 0) return { trusted: found, others: [] };
  return {
    trusted: found.filter(({ borrower }) => !quarantined.has(borrower)),
    others: found.filter(({ borrower }) => quarantined.has(borrower)),
  };
}

const NOBODY: ReadonlySet<Address> = new Set();

/** Each borrower once. */
function distrusted(opportunities: readonly Opportunity[]): readonly Skip[] {
  const borrowers = new Map(opportunities.map((one) => [`${one.protocol} ${one.borrower}`, one]));
  return [...borrowers.values()].map(({ protocol, borrower }) => ({
    ...{ reason: 'quarantined', protocol, borrower, numbers: {} },
  }));
}
