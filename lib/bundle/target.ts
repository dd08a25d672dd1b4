import type { Head, TargetBlock } from '../domain.ts';

/** The slot after `head`, where a transaction that is pending now lands. */
export function nextTarget(head: Head, secondsPerSlot: number): TargetBlock {
  return {
    number: head.number + 1,
    timestampSeconds: head.timestampSeconds + secondsPerSlot,
    baseFeeWei: head.nextBaseFeeWei,
  };
}
