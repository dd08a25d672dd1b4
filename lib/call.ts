import type { Address, Hex } from './hex.ts';

/** A call that plans may contain, as the executor's owner has to allow it. */
export interface AllowedCall {
  readonly target: Address;
  readonly selector: Hex;
  /** Bit i: argument word i must be the executor's own address. */
  readonly selfWords: bigint;
}

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

/** What an aggregator will be called with. */
export interface OracleCall {
  /** The forwarder; `undefined` where the hidden transaction's sender calls by itself. */
  readonly from?: Address | undefined;
  readonly to: Address;
  readonly data: Hex;
}
