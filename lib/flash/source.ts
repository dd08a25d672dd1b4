import type { Call } from '../call.ts';
import type { Chain } from '../chain.ts';
import type { Address } from '../hex.ts';

/** A lender within one transaction. Flash-swaps are not here: a pool lends by `Pool.encodeExactOut`. */
export interface FlashSource {
  readonly id: string;
  read(chain: Chain, tokens: readonly Address[], blockNumber: number): Promise<readonly CreditLine[]>;
}

/** What one lender offers of one token at one block. */
export interface CreditLine {
  readonly source: string;
  readonly token: Address;
  readonly available: bigint;
  /** Gas on top of the inner calls. */
  readonly gasUsed: bigint;
  /** A contract that takes no call of ours while it lends; absent where the lender minds none. */
  readonly locks?: Address;
  /** In `token`, rounded as the lender rounds it. */
  fee(amount: bigint): bigint;
  /** Borrows `amount`, runs `inner`, pays back `amount + fee`. */
  encode(amount: bigint, inner: readonly Call[]): Call;
}
