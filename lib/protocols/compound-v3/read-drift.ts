import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import type { Drift } from '../book-storage.ts';
import { cometInterface } from './abi.ts';
import type { CometBook } from './book.ts';
import { wordsRead } from './contract-reads.ts';
import { presentValue } from './math.ts';

/** Compares debts with the Comet's own `borrowBalanceOf`, interest included, at the block of the book. */
export async function readDrift(
  chain: Chain,
  book: CometBook,
  borrowers: readonly Address[],
): Promise<readonly Drift[]> {
  const { comet, accounts, blockNumber, timestampSeconds } = book.snapshot;
  const market = book.marketAfter([], timestampSeconds);
  const reads = borrowers.map((borrower) =>
    wordsRead(cometInterface, comet.address, 'borrowBalanceOf', [borrower]),
  );
  const said = await chain.tryReadAll(reads, blockNumber);
  return borrowers.flatMap((borrower, index) => {
    const onChain = said[index]?.[0];
    const principal = accounts.get(borrower)?.principal ?? 0n;
    const inBook = market && -presentValue(principal, market.totals);
    if (onChain === undefined || inBook === undefined || inBook === onChain) return [];
    return [{ borrower, field: 'borrowBalance', inBook, onChain }];
  });
}
