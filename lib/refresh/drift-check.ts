import type { Chain } from '../chain.ts';
import type { Address } from '../hex.ts';
import type { Book } from '../protocols/book.ts';
import type { BookStorage, Drift } from '../protocols/book-storage.ts';
import type { BlockName, Quarantined, WatchlistStore } from '../watchlist-store.ts';

/** A book, and who of it is not to be raced, after what was wrong has been put right. */
export interface Checked {
  readonly book: Book;
  readonly quarantined: readonly Quarantined[];
}

export type ReadChecked = (
  book: Book,
  head: BlockName,
  quarantined: readonly Quarantined[],
) => Promise<Checked>;

export interface DriftCheckDeps {
  readonly storage: BookStorage;
  readonly chain: Chain;
  readonly store: Pick<WatchlistStore, 'putIncident' | 'incidents'>;
  /** How many accounts were wrong. */
  readonly onDrift: (accounts: number) => void;
}

/** So many accounts are compared in each block: a hundred thousand of them in half a day. */
const SAMPLE = 25;
/** Who is wrong twice within a day is not understood. */
const STRIKE_BLOCKS = 7_200;
/** Who was right so many times in a row is raced again. */
const CHECKS_TO_RELEASE = 100;
/** With more there is something wrong that no list helps against; the alarm says so. */
const MOST_QUARANTINED = 100;
const RECENT_INCIDENTS = 200;

/**
 * Holds a sample of the book, another one in each block, against the protocol's own view. Who is wrong is recorded
 * with both values and read again; who is wrong even then, or once more, is quarantined.
 */
export function driftCheckOf(deps: DriftCheckDeps): ReadChecked {
  const { storage, chain } = deps;
  const rightInARow = new Map<Address, number>();
  let place = 0;

  return async (book, head, quarantined) => {
    const suspects = quarantined.map(({ borrower }) => borrower);
    const sample = [...new Set([...storage.sample(book, place, SAMPLE), ...suspects])];
    const drifts = await storage.readDrift(chain, book, sample);
    // A block that was replaced meanwhile is not what the book is of.
    if ((await chain.head(head.number)).hash !== head.hash) return { book, quarantined };
    place += SAMPLE;
    const left = await readReleased(deps, quarantined, rightInARow, drifts, head);
    return drifts.length === 0 ? { book, quarantined: left } : readRepaired(deps, book, head, left, drifts);
  };
}

async function readRepaired(
  deps: DriftCheckDeps,
  book: Book,
  head: BlockName,
  quarantined: readonly Quarantined[],
  drifts: readonly Drift[],
): Promise<Checked> {
  const { storage, chain, store, onDrift } = deps;
  const wrong = borrowersOf(drifts);
  const earlier = await readStruckBefore(store, head);
  const repaired = await storage.readAgain(chain, book, wrong);
  const stillWrong = new Set(borrowersOf(await storage.readDrift(chain, repaired, wrong)));
  await Promise.all(
    wrong.map((borrower) => record(deps, 'drift', borrower, head, detailsOf(drifts, borrower))),
  );
  onDrift(wrong.length);
  const known = new Set(quarantined.map(({ borrower }) => borrower));
  const repeated = wrong.filter((who) => !known.has(who) && (stillWrong.has(who) || earlier.has(who)));
  await Promise.all(repeated.map((who) => record(deps, 'quarantined', who, head, detailsOf(drifts, who))));
  const added = repeated.map((borrower) => ({ borrower, sinceBlock: head.number }));
  return { book: repaired, quarantined: [...quarantined, ...added].slice(0, MOST_QUARANTINED) };
}

/** Who was wrong in another block of the last day, whichever process noticed it. */
async function readStruckBefore(
  store: DriftCheckDeps['store'],
  { number }: BlockName,
): Promise<ReadonlySet<Address>> {
  const recent = await store.incidents(RECENT_INCIDENTS);
  const strikes = recent.filter(
    ({ kind, blockNumber }) =>
      kind === 'drift' && blockNumber < number && blockNumber >= number - STRIKE_BLOCKS,
  );
  return new Set(strikes.map(({ subject }) => subject));
}

/** Without those who have been right for long enough. */
async function readReleased(
  deps: DriftCheckDeps,
  quarantined: readonly Quarantined[],
  rightInARow: Map<Address, number>,
  drifts: readonly Drift[],
  head: BlockName,
): Promise<readonly Quarantined[]> {
  const wrong = new Set(borrowersOf(drifts));
  for (const { borrower } of quarantined)
    rightInARow.set(borrower, wrong.has(borrower) ? 0 : (rightInARow.get(borrower) ?? 0) + 1);
  const isReleased = ({ borrower }: Quarantined) => (rightInARow.get(borrower) ?? 0) >= CHECKS_TO_RELEASE;
  const released = quarantined.filter(isReleased);
  for (const { borrower } of released) rightInARow.delete(borrower);
  await Promise.all(
    released.map(({ borrower, sinceBlock }) =>
      record(deps, 'released', borrower, head, { quarantinedInBlock: `${sinceBlock}` }),
    ),
  );
  return quarantined.filter((one) => !released.includes(one));
}

const borrowersOf = (drifts: readonly Drift[]): readonly Address[] => [
  ...new Set(drifts.map(({ borrower }) => borrower)),
];

const detailsOf = (drifts: readonly Drift[], borrower: Address): Readonly<Record<string, string>> =>
  Object.fromEntries(
    drifts
      .filter((drift) => drift.borrower === borrower)
      .map(({ field, inBook, onChain }) => [field, `${inBook} in the book, ${onChain} on the chain`]),
  );

const record = (
  { store }: DriftCheckDeps,
  kind: 'drift' | 'quarantined' | 'released',
  subject: Address,
  { number }: BlockName,
  details: Readonly<Record<string, string>>,
): Promise<void> => store.putIncident({ kind, blockNumber: number, subject, details });
