import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { bookOf, type MorphoBook } from './book.ts';
import type { Holder } from './events.ts';
import type { MarketIndex, MorphoAddresses } from './market-index.ts';
import type { Owing } from './owing.ts';
import { readMarkets } from './read.ts';
import { readOwingAgain } from './read-owing.ts';
import type { MarketId } from './state.ts';
import { readTouched } from './touched.ts';

/** What is known of who owed, and how many shares were owed by nobody known, where there were any. */
export interface EarlierOwing {
  readonly blockNumber: number;
  readonly owing: Owing;
  readonly unaccounted: ReadonlyMap<MarketId, bigint>;
}

/**
 * Earlier borrowers, brought up to this block: its logs say whose positions and consents to read again, the markets
 * are read anew. `undefined` where shares do not sum to what a market says is owed: a log was missed.
 */
export async function readNext(
  chain: Chain,
  addresses: MorphoAddresses,
  index: MarketIndex,
  { owing: earlier, unaccounted, blockNumber: before }: EarlierOwing,
  blockNumber: number,
): Promise<MorphoBook | undefined> {
  const touched = await readTouched(chain, addresses, { fromBlock: before + 1, toBlock: blockNumber });
  index.remember(touched.holders);
  const owing = await readOwingAgain(chain, addresses.morpho, earlier, touched, blockNumber);
  const next = bookOf(await readMarkets(chain, addresses.morpho, index, owing, blockNumber));
  return isSame(next.snapshot.unaccounted, unaccounted) ? next : undefined;
}

/** The book with these borrowers as the chain has them at its block, wherever they owe or may owe. */
export async function readAgain(
  chain: Chain,
  index: MarketIndex,
  { snapshot }: MorphoBook,
  borrowers: readonly Address[],
): Promise<MorphoBook> {
  const { morpho, blockNumber, owing: before } = snapshot;
  const touched = { holders: doubtfulHolders(snapshot, borrowers), consents: [], created: [] };
  const owing = await readOwingAgain(chain, morpho, before, touched, blockNumber);
  return bookOf(await readMarkets(chain, morpho, index, owing, blockNumber));
}

/** Where the book says that they owe, and where somebody owes of whom it does not know. */
export function doubtfulHolders(
  { owing: { positions }, unaccounted }: Pick<EarlierOwing, 'owing' | 'unaccounted'>,
  borrowers: readonly Address[],
): readonly Holder[] {
  return borrowers.flatMap((borrower) => {
    const known = [...positions].flatMap(([id, owing]) => (owing.has(borrower) ? id : []));
    return [...new Set([...known, ...unaccounted.keys()])].map((id) => ({ id, borrower }));
  });
}

const isSame = (one: ReadonlyMap<MarketId, bigint>, other: ReadonlyMap<MarketId, bigint>): boolean =>
  one.size === other.size && [...one].every(([id, shares]) => other.get(id) === shares);
