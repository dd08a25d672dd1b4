import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import type { Drift } from '../book-storage.ts';
import type { MorphoBook } from './book.ts';
import { doubtfulHolders } from './read-next.ts';
import { readPositions, readStanding } from './read-owing.ts';
import type { Consent } from './touched.ts';

/** Compares borrowers with Morpho's own `position` and `isAuthorized` at the block of the book. */
export async function readDrift(
  chain: Chain,
  { snapshot }: MorphoBook,
  borrowers: readonly Address[],
): Promise<readonly Drift[]> {
  const { morpho, blockNumber, owing } = snapshot;
  const { positions, contracts, consents } = owing;
  const asked = borrowers.flatMap((borrower) =>
    contracts.flatMap(({ address, id }): Consent[] =>
      positions.get(id)?.has(borrower) ? [{ contract: address, borrower }] : [],
    ),
  );
  const [read, standing] = await Promise.all([
    readPositions(chain, morpho, doubtfulHolders(snapshot, borrowers), blockNumber),
    readStanding(chain, morpho, asked, blockNumber),
  ]);
  const wrongPositions = read.flatMap(({ id, borrower, position }) => {
    const { borrowShares, collateral } = positions.get(id)?.get(borrower) ?? NOTHING;
    // What was supplied by somebody who owes nothing is not in the book.
    const held = position.borrowShares === 0n ? 0n : position.collateral;
    return [
      { borrower, field: `borrowShares ${id}`, inBook: borrowShares, onChain: position.borrowShares },
      { borrower, field: `collateral ${id}`, inBook: collateral, onChain: held },
    ];
  });
  const wrongConsents = asked.map((consent) => ({
    ...{ borrower: consent.borrower, field: `isAuthorized ${consent.contract}` },
    ...{ inBook: consents.get(consent.contract)?.has(consent.borrower) ? 1n : 0n },
    onChain: standing.includes(consent) ? 1n : 0n,
  }));
  return [...wrongPositions, ...wrongConsents].filter(({ inBook, onChain }) => inBook !== onChain);
}

const NOTHING = { borrowShares: 0n, collateral: 0n };
