import type { Address, Hex } from './hex.ts';

/** One step of the executor contract. */
export interface Call {
  readonly target: Address;
  readonly data: Hex;
  /** Allowance given to `target` before the call and taken back after it. */
  readonly approve?: { readonly token: Address; readonly amount: bigint };
  /** While this call runs, and only then, `target` may call the executor back. */
  readonly callsBack?: boolean;
  /** The executor writes its whole balance of `token` into `data` at this byte offset before it calls. */
  readonly spendBalance?: { readonly token: Address; readonly offset: number };
}
