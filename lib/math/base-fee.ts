import { max } from './fixed-point.ts';

export interface BaseFeeParent {
  readonly baseFeeWei: bigint;
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
}

/**
 * Base fee of the block after `parent`, in wei, rounded as the protocol rounds: the change rounds down, and an
 * increase is at least 1 wei.
 * Source: EIP-1559, `ELASTICITY_MULTIPLIER` 2, `BASE_FEE_MAX_CHANGE_DENOMINATOR` 8.
 */
export function nextBaseFeeWei({ baseFeeWei, gasUsed, gasLimit }: BaseFeeParent): bigint {
  const gasTarget = gasLimit / 2n;
  if (gasUsed === gasTarget || gasTarget === 0n) return baseFeeWei;
  if (gasUsed > gasTarget) {
    return baseFeeWei + max((baseFeeWei * (gasUsed - gasTarget)) / gasTarget / 8n, 1n);
  }
  return baseFeeWei - (baseFeeWei * (gasTarget - gasUsed)) / gasTarget / 8n;
}

/** The most that the base fee can be one block later: EIP-1559's eighth more, at least 1 wei. */
export const highestNextBaseFeeWei = (baseFeeWei: bigint): bigint => baseFeeWei + max(baseFeeWei / 8n, 1n);
