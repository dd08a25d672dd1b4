import { formatEther } from 'ethers';
import { groupName, symbolOf, tokenAmount } from '../ledger/group-name.ts';
import type { Nearest, NearestStore } from '../ledger/nearest.ts';
import type { PositionAnswer, PositionsAnswer } from './answers.ts';

/** Of the chain that was looked at last. */
export async function readPositions(
  store: Pick<NearestStore, 'nearest'>,
  chainIds: readonly number[],
): Promise<PositionsAnswer> {
  const looks = await Promise.all(chainIds.map((chainId) => store.nearest(chainId)));
  const [newest] = looks.flatMap((look) => look ?? []).sort((a, b) => b.atMs - a.atMs);
  if (newest === undefined) return { positions: [] };
  const { atMs, headBlock } = newest;
  return { seen: { atMs, headBlock }, positions: positionAnswers(newest) };
}

const positionAnswers = ({ positions, tokens }: Nearest): readonly PositionAnswer[] =>
  positions.map(({ protocol, borrower, healthFactorWad, collateralAsset, debtAsset, debt }) => ({
    ...{ protocol, borrower, healthFactor: formatEther(healthFactorWad) },
    pair: groupName('pair', `${collateralAsset}/${debtAsset}`, tokens),
    debt: `${tokenAmount(debt, debtAsset, tokens)} ${symbolOf(debtAsset, tokens)}`,
  }));
