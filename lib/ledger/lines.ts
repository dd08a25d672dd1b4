import { type Amounts, amountsFrom, NO_AMOUNTS } from './amounts.ts';
import { bundleLines } from './bundle-lines.ts';
import { bundleStories } from './bundle-story.ts';
import type { Claimed, Fact, Skipped } from './fact.ts';
import type { Line } from './line.ts';

/** The lines of one update, from all of its facts or from any part of them. */
export function linesOf(story: readonly Fact[]): readonly Line[] {
  const skips = story.filter((fact) => fact.state === 'skipped').map(skipLine);
  const decided = [...skips, ...bundleStories(story).flatMap(bundleLines)];
  const lines = decided.length > 0 ? decided : story.slice(0, 1).map(undecidedLine);
  const claimed = story.find((fact) => fact.state === 'claimed');
  return claimed === undefined ? lines : lines.map((line) => ({ ...line, ...originOf(claimed) }));
}

const originOf = ({ feed, trigger, usdPerEthBase8 }: Claimed) => ({ feed, trigger, usdPerEthBase8 });

function skipLine({
  updateId,
  chainId,
  updateAtSeconds,
  reason,
  protocol,
  borrower,
  numbers,
}: Skipped): Line {
  const { debtAsset, collateralAsset, profitWei } = numbers;
  return {
    ...{ updateId, chainId, updateAtSeconds, reason, protocol, borrower },
    debtAsset: word(debtAsset),
    collateralAsset: word(collateralAsset),
    result: 'skipped',
    amounts: typeof profitWei === 'bigint' && profitWei > 0n ? missed(profitWei) : NO_AMOUNTS,
  };
}

const word = (value: bigint | string | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const missed = (missedProfitWei: bigint): Amounts => amountsFrom({ missedProfitWei });

const undecidedLine = ({ updateId, chainId, updateAtSeconds }: Fact): Line => ({
  ...{ updateId, chainId, updateAtSeconds },
  result: 'undecided',
  amounts: NO_AMOUNTS,
});
