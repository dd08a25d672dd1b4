import type { AaveMarket } from '../../../../devnet/chain/aave.ts';
import type { Anvil } from '../../../../devnet/chain/anvil.ts';
import type { ReserveSpec } from '../../../../devnet/chain/reserves.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { RefusalReason } from '../../../../lib/protocols/aave-v3/liquidation.ts';
import type { Rules } from '../../../../lib/protocols/aave-v3/revisions.ts';
import type { EModeTerms, RateTerms } from './terms.ts';

/** One real version of the contracts: how it is set up, and how it says no. */
export interface Version {
  readonly name: string;
  readonly rules: Rules;
  deploy(anvil: Anvil, reserves: readonly ReserveSpec[]): Promise<AaveMarket>;
  /** What the pool configurator calls to give a category these terms. */
  setEMode(aave: AaveMarket, id: number, terms: EModeTerms, eModeAsset: Address): readonly AdminCall[];
  /** What the deployer calls, as governance, to give a reserve other interest rates. */
  setRates(aave: AaveMarket, asset: Address, terms: RateTerms): readonly AdminCall[];
  /** What the model may have said where the contract reverts with this. */
  reasonsOf(returned: Hex): readonly RefusalReason[];
}

export interface AdminCall {
  readonly to: Address;
  readonly data: Hex;
}

/**
 * Reverts that neither version names: nothing returned is a call to the missing fallback oracle or a check in
 * assembly; a Panic is an arithmetic one; the token's own errors mean that it has too little.
 */
export function unnamedReasons(returned: Hex): readonly RefusalReason[] {
  if (returned === '0x') return ['AccountDataUnavailable', 'ArithmeticError'];
  if (returned.startsWith(PANIC))
    return ['InsufficientLiquidity', 'ArithmeticError', 'AccountDataUnavailable'];
  return ['InsufficientLiquidity'];
}

/** Selector of `Panic(uint256)`. */
const PANIC = '0x4e487b71';
