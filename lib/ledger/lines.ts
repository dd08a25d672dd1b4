import { type Amounts, amountsFrom, NO_AMOUNTS } from './amounts.ts';
import { bundleLines } from './bundle-lines.ts';
import { bundleStories } from './bundle-story.ts';
import type { Claimed, Fact, Skipped } from './fact.ts';
import type { Line } from './line.ts';
import type { Missed, Rival } from './outcome.ts';

/** The lines of one update, from all of its facts or from any part of them. */
export function linesOf(story: readonly Fact[]): readonly Line[] {
  const missed = story.filter((fact) => fact.state === 'missed');
  const skips = story.filter((fact) => fact.state === 'skipped').map((skip) => skipLine(skip, missed));
  const told = new Set(story.filter((fact) => fact.state === 'skipped').map(positionOf));
  const decided = [
    ...skips,
    ...bundleStories(story).flatMap(bundleLines),
    ...missed.filter((one) => !told.has(positionOf(one))).map(missedLine),
  ];
  const lines = decided.length > 0 ? decided : story.slice(0, 1).map(undecidedLine);
  const claimed = story.find((fact) => fact.state === 'claimed');
  return claimed === undefined ? lines : lines.map((line) => ({ ...line, ...originOf(claimed) }));
}

const originOf = ({ feed, trigger, usdPerEthBase8 }: Claimed) => ({ feed, trigger, usdPerEthBase8 });

const positionOf = ({ protocol, borrower }: { readonly protocol?: string; readonly borrower?: string }) =>
  `${protocol} ${borrower}`;

function skipLine(skip: Skipped, missed: readonly Missed[]): Line {
  const { updateId, chainId, updateAtSeconds, reason, protocol, borrower, numbers } = skip;
  const { debtAsset, collateralAsset, profitWei } = numbers;
  const taken = missed.find((one) => positionOf(one) === positionOf(skip));
  return {
    ...(borrower !== undefined && taken && { miss: taken.reason, rival: rivalIn(taken) }),
    ...{ updateId, chainId, updateAtSeconds, reason, protocol, borrower },
    debtAsset: word(debtAsset),
    collateralAsset: word(collateralAsset),
    result: 'skipped',
    amounts: typeof profitWei === 'bigint' && profitWei > 0n ? missedAmount(profitWei) : NO_AMOUNTS,
  };
}

const word = (value: bigint | string | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const rivalIn = ({ liquidator, transactionHash, block, paymentWei }: Missed): Rival => ({
  ...{ liquidator, transactionHash, block, paymentWei },
});

function missedLine(fact: Missed): Line {
  const { updateId, chainId, updateAtSeconds, protocol, borrower, debtAsset, collateralAsset, reason } = fact;
  return {
    ...{ updateId, chainId, updateAtSeconds, protocol, borrower, debtAsset, collateralAsset },
    ...{ result: 'missed', miss: reason, rival: rivalIn(fact), amounts: NO_AMOUNTS },
  };
}

const missedAmount = (missedProfitWei: bigint): Amounts => amountsFrom({ missedProfitWei });

const undecidedLine = ({ updateId, chainId, updateAtSeconds }: Fact): Line => ({
  ...{ updateId, chainId, updateAtSeconds },
  result: 'undecided',
  amounts: NO_AMOUNTS,
});
