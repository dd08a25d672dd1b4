import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import type { Drift } from '../book-storage.ts';
import { cometInterface } from './abi.ts';
import type { CometBook } from './book.ts';
import { wordsRead } from './contract-reads.ts';
import { presentValue } from './math.ts';
import { readAccounts } from './read-accounts.ts';
import type { Account } from './state.ts';

/**
 * Compares debts with the Comet's own `borrowBalanceOf`, interest included, and what secures them with its
 * `userCollateral`, at the block of the book.
 */
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
  const [said, stored] = await Promise.all([
    chain.tryReadAll(reads, blockNumber),
    readAccounts(chain, comet, borrowers, blockNumber),
  ]);
  return borrowers.flatMap((borrower, index) => {
    const onChain = said[index]?.[0];
    const { principal, collateral } = accounts.get(borrower) ?? NOTHING;
    const inBook = market && -presentValue(principal, market.totals);
    const debts =
      onChain === undefined || inBook === undefined || inBook === onChain
        ? []
        : [{ borrower, field: 'borrowBalance', inBook, onChain }];
    const held = stored.get(borrower)?.collateral ?? NOTHING.collateral;
    return [...debts, ...collateralDrift(borrower, collateral, held)];
  });
}

const NOTHING: Pick<Account, 'principal' | 'collateral'> = { principal: 0n, collateral: new Map() };

const collateralDrift = (
  borrower: Address,
  inBook: Account['collateral'],
  onChain: Account['collateral'],
): readonly Drift[] =>
  [...new Set([...inBook.keys(), ...onChain.keys()])]
    .map((asset) => ({
      ...{ borrower, field: `collateral ${asset}` },
      ...{ inBook: inBook.get(asset) ?? 0n, onChain: onChain.get(asset) ?? 0n },
    }))
    .filter((one) => one.inBook !== one.onChain);
