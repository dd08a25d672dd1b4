import { formatEther } from 'ethers';
import { groupName, symbolOf, tokenAmount } from '../ledger/group-name.ts';
import type { Nearest, NearestStore } from '../ledger/nearest.ts';
import { nearestOf } from '../protocols/position.ts';
import type { PositionAnswer, PositionsAnswer } from './answers.ts';

/** Of the chain that was looked at last. */
export async function readPositions(
  store: Pick<NearestStore, 'nearest'>,
  chainIds: readonly number[],
): Promise<PositionsAnswer> {
  const looks = await Promise.all(chainIds.map((chainId) => store.nearest(chainId)));
  const newest = looks.flat().sort((a, b) => b.atMs - a.atMs)[0];
  if (newest === undefined) return { positions: [] };
  const { chainId, atMs, headBlock } = newest;
  const ofChain = looks.flat().filter((look) => look.chainId === chainId);
  return { seen: { atMs, headBlock }, positions: positionAnswers(ofChain) };
}

/** What all racers saw, the nearest first. */
function positionAnswers(looks: readonly Nearest[]): readonly PositionAnswer[] {
  const tokens = looks.flatMap((look) => look.tokens);
  const positions = looks.flatMap((look) => look.positions);
  return nearestOf(positions, positions.length).map(
    ({ protocol, borrower, healthFactorWad, collateralAsset, debtAsset, debt }) => ({
      ...{ protocol, borrower, healthFactor: formatEther(healthFactorWad) },
      pair: groupName('pair', `${collateralAsset}/${debtAsset}`, tokens),
      debt: `${tokenAmount(debt, debtAsset, tokens)} ${symbolOf(debtAsset, tokens)}`,
    }),
  );
}
