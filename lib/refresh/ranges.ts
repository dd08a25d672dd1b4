import type { BlockRange } from '../protocols/protocol.ts';

/** What of the wanted range no other covers, ascending. */
export function missingRanges(wanted: BlockRange, covered: readonly BlockRange[]): readonly BlockRange[] {
  const missing: BlockRange[] = [];
  let next = wanted.fromBlock;
  for (const { fromBlock, toBlock } of covered.toSorted((one, other) => one.fromBlock - other.fromBlock)) {
    const before = Math.min(fromBlock - 1, wanted.toBlock);
    if (before >= next) missing.push({ fromBlock: next, toBlock: before });
    next = Math.max(next, toBlock + 1);
  }
  if (next <= wanted.toBlock) missing.push({ fromBlock: next, toBlock: wanted.toBlock });
  return missing;
}

/** In pieces of at most so many blocks. */
export function cutRange({ fromBlock, toBlock }: BlockRange, span: number): readonly BlockRange[] {
  const pieces = Math.ceil((toBlock - fromBlock + 1) / span);
  return Array.from({ length: pieces }, (_, piece) => ({
    fromBlock: fromBlock + piece * span,
    toBlock: Math.min(fromBlock + (piece + 1) * span - 1, toBlock),
  }));
}

export const blocksIn = (ranges: readonly BlockRange[]): number =>
  ranges.reduce((sum, { fromBlock, toBlock }) => sum + toBlock - fromBlock + 1, 0);
