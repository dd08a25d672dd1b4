import type { Chain, ContractRead } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import type { Drift } from '../book-storage.ts';
import { poolInterface } from './abi.ts';
import { type AccountData, calculateUserAccountData } from './account.ts';
import type { AaveBook } from './book.ts';

/** Where the contract says that there is no debt. */
const NO_DEBT = 2n ** 256n - 1n;

/**
 * Compares accounts with the pool's own `getUserAccountData` at the block of the book. An account that the pool
 * cannot compute, for want of a price, is left out.
 */
export async function readDrift(
  chain: Chain,
  book: AaveBook,
  borrowers: readonly Address[],
): Promise<readonly Drift[]> {
  const { pool, blockNumber } = book.state;
  const reads = borrowers.map((borrower) => accountDataRead(pool.address, borrower));
  const said = await chain.tryReadAll(reads, blockNumber);
  const market = book.marketNow();
  return borrowers.flatMap((borrower, index) => {
    const onChain = said[index];
    const account = book.account(borrower);
    const inBook = account && calculateUserAccountData(market, account);
    return onChain && inBook ? differences(borrower, inBook, onChain) : [];
  });
}

type Said = Pick<AccountData, 'totalCollateralBase' | 'totalDebtBase'> & { readonly healthFactorWad: bigint };

function differences(borrower: Address, inBook: AccountData, onChain: Said): readonly Drift[] {
  const ours = { ...inBook, healthFactorWad: inBook.healthFactorWad ?? NO_DEBT };
  const fields = ['totalCollateralBase', 'totalDebtBase', 'healthFactorWad'] as const;
  return fields
    .filter((field) => ours[field] !== onChain[field])
    .map((field) => ({ borrower, field, inBook: ours[field], onChain: onChain[field] }));
}

const accountDataRead = (target: Address, borrower: Address): ContractRead<Said> => ({
  target,
  data: poolInterface.encodeFunctionData('getUserAccountData', [borrower]),
  decode: (returned) => {
    const [totalCollateralBase, totalDebtBase, , , , healthFactorWad] = poolInterface.decodeFunctionResult(
      'getUserAccountData',
      returned,
    );
    return { totalCollateralBase, totalDebtBase, healthFactorWad };
  },
});
