import type { Address } from '../../../../lib/hex.ts';
import type { Market } from '../../../../lib/protocols/aave-v3/accrual.ts';
import {
  executeLiquidationCall,
  type LiquidationResult,
} from '../../../../lib/protocols/aave-v3/liquidation.ts';
import { accountAfter, marketAfter } from '../../../../lib/protocols/aave-v3/liquidation-after.ts';
import type { Account } from '../../../../lib/protocols/aave-v3/state.ts';
import type { Attempt } from './steps.ts';

/** The model's market and accounts in the middle of a block: each liquidation changes what the next one meets. */
export interface Progress {
  readonly market: Market;
  readonly accounts: ReadonlyMap<Address, Account>;
}

export interface Prediction {
  readonly result: LiquidationResult;
  readonly after: Progress;
}

export function predict({ market, accounts }: Progress, attempt: Attempt): Prediction {
  const account = accounts.get(attempt.borrower) ?? withoutDebt(attempt.borrower);
  const result = executeLiquidationCall(market, account, attempt);
  if (!result.executed) return { result, after: { market, accounts } };
  const after = accountAfter(account, attempt, result);
  return {
    result,
    after: {
      market: marketAfter(market, attempt, result),
      accounts: new Map([...accounts, [attempt.borrower, after]]),
    },
  };
}

/** The product does not read who owes nothing; to a liquidation he is as one who has nothing. */
const withoutDebt = (address: Address): Account => ({
  address,
  userConfiguration: 0n,
  eModeCategory: 0,
  scaledATokenBalances: new Map(),
  scaledVariableDebts: new Map(),
  stableDebts: new Map(),
});
