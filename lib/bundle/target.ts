import type { Head, TargetBlock } from '../block.ts';
import { highestNextBaseFeeWei } from '../math/base-fee.ts';

/** The slot after `head`, where a transaction that is pending now lands; later where slots have passed without a block. */
export function nextTarget(head: Head, secondsPerSlot: number, nowMs: number): TargetBlock {
  const slots = 1 + missedSlots(head, secondsPerSlot, nowMs);
  return {
    number: head.number + 1,
    timestampSeconds: head.timestampSeconds + slots * secondsPerSlot,
    baseFeeWei: head.nextBaseFeeWei,
  };
}

/** A head that is older than this many slots is one of another age, or of a chain that stands still. */
const MOST_MISSED_SLOTS = 5;

/** Slots since the head that stayed empty, by our own sight of it: a block that is half a slot late does not come. */
export function missedSlots(
  { seenAtMs }: Pick<Head, 'seenAtMs'>,
  secondsPerSlot: number,
  nowMs: number,
): number {
  if (seenAtMs === undefined) return 0;
  const missed = Math.floor((nowMs - seenAtMs) / (secondsPerSlot * 1000) - 0.5);
  return missed > 0 && missed <= MOST_MISSED_SLOTS ? missed : 0;
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
  const first = nextTarget(head, secondsPerSlot, nowMs);
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
function isLate(head: Head, secondsPerSlot: number, nowMs: number): boolean {
  const slotMs = secondsPerSlot * 1000;
  const slots = 1 + missedSlots(head, secondsPerSlot, nowMs);
  const leftMs = (head.seenAtMs ?? head.timestampSeconds * 1000) + slots * slotMs - nowMs;
  return leftMs < LATE_MS && leftMs > -slotMs;
}
