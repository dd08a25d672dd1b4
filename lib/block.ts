import type { Hex } from './hex.ts';

/** The newest block that we know: what the target block's time and base fee follow from. */
export interface Head {
  readonly number: number;
  readonly hash: Hex;
  readonly timestampSeconds: number;
  /** Base fee that the next block will have. */
  readonly nextBaseFeeWei: bigint;
  /** Of all its transactions; the next block's differs by a thousandth at most. */
  readonly gasLimit?: bigint | undefined;
  /** When our watcher first saw it; `undefined` where nobody watched. */
  readonly seenAtMs?: number | undefined;
}

/** The block in which we want to land; debts accrue to its timestamp. */
export interface TargetBlock {
  readonly number: number;
  readonly timestampSeconds: number;
  readonly baseFeeWei: bigint;
}
