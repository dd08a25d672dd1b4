import type { Address } from './hex.ts';

/** What one aggregator's readers will see. */
export interface PriceChange {
  readonly aggregator: Address;
  /** In the aggregator's own decimals. */
  readonly answer: bigint;
}
