import type { Head, TargetBlock } from '../block.ts';
import { highestNextBaseFeeWei } from '../math/base-fee.ts';

/** The slot after `head`, where a transaction that is pending now lands. */
export function nextTarget(head: Head, secondsPerSlot: number): TargetBlock {
  return {
    number: head.number + 1,
    timestampSeconds: head.timestampSeconds + secondsPerSlot,
    baseFeeWei: head.nextBaseFeeWei,
  };
}

/** Builders make their last bids from the slot's end on; what reaches them later than this may miss the block. */
const LATE_MS = 2_000;

export interface Targeting {
  readonly secondsPerSlot: number;
  /** Blocks after the head that a bundle is for. */
  readonly targetBlocks: number;
}

/**
 * The next block and as many after it as the searcher wants, two at least where the slot is nearly over. The base
 * fee of the first is known; of the others it is the highest that can come.
 */
export function targetsOf(
  head: Head,
  { secondsPerSlot, targetBlocks }: Targeting,
  nowMs: number,
): readonly [TargetBlock, ...TargetBlock[]] {
  const first = nextTarget(head, secondsPerSlot);
  const later: TargetBlock[] = [];
  const count = isLate(head, secondsPerSlot, nowMs) ? Math.max(2, targetBlocks) : targetBlocks;
  for (let last = first; later.length < count - 1; later.push(last)) {
    last = {
      number: last.number + 1,
      timestampSeconds: last.timestampSeconds + secondsPerSlot,
      baseFeeWei: highestNextBaseFeeWei(last.baseFeeWei),
    };
  }
  return [first, ...later];
}

/** By our own sight of the head; a head that is older than its slot says nothing about this one's end. */
function isLate({ seenAtMs, timestampSeconds }: Head, secondsPerSlot: number, nowMs: number): boolean {
  const slotMs = secondsPerSlot * 1000;
  const leftMs = (seenAtMs ?? timestampSeconds * 1000) + slotMs - nowMs;
  return leftMs < LATE_MS && leftMs > -slotMs;
}
